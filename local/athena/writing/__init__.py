"""Statements that write: CREATE TABLE AS, INSERT INTO and UNLOAD.

Data goes through the home's S3 and Glue with the caller's rights, so versions, keys and policies hold as for anybody. Files
are written first and the table is changed last: what fails leaves no table and no rows, but may leave files, as on AWS.
"""
