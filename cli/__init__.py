"""The command line `mill`: plain AWS calls on what the stacks say they made, at home or in an account."""
