-- description: One row per customer who bought something: recency (days), frequency (invoices) and monetary value (pounds), each scored 1 to 5, and the segment that the scores of the first two name
-- sources: cleaned.retail
-- key: customer_id
with sold as (
  select customer_id, invoice, invoiced_at, quantity * price as amount
  from {cleaned}.retail
  where customer_id is not null
    and (warnings is null or not arrays_overlap(split(warnings, ','), array('cancelled', 'adjusted', 'returned', 'given_away')))
),
customers as (
  select customer_id, max(invoiced_at) as last_invoice_at, count(distinct invoice) as frequency,
         cast(sum(amount) as decimal(18, 4)) as monetary
  from sold group by customer_id
),
-- Many customers have the same frequency: their number decides who stands before whom, so that scores are the same in every run.
-- What is asked of all customers is asked in windows: a join would read the lines again for each question.
ranked as (
  select *, date_add(cast(max(last_invoice_at) over () as date), 1) as reference_date,
         row_number() over (order by frequency, customer_id) as place, cast(monetary as bigint) as pounds
  from customers
),
placed as (
  select *, datediff(reference_date, cast(last_invoice_at as date)) as recency from ranked
),
edges as (
  select *, percentile(recency, array(0.2, 0.4, 0.6, 0.8)) over () as of_recency,
         percentile(place, array(0.2, 0.4, 0.6, 0.8)) over () as of_place,
         percentile(pounds, array(0.2, 0.4, 0.6, 0.8)) over () as of_pounds
  from placed
),
scored as (
  select *,
         5 - size(filter(of_recency, edge -> edge < recency)) as recency_score,
         1 + size(filter(of_place, edge -> edge < place)) as frequency_score,
         1 + size(filter(of_pounds, edge -> edge < pounds)) as monetary_score
  from edges
)
select
  customer_id, recency, frequency, monetary, recency_score, frequency_score, monetary_score,
  concat(recency_score, frequency_score, monetary_score) as rfm_score,
  case
    when recency_score <= 2 and frequency_score <= 2 then 'Hibernating'
    when recency_score <= 2 and frequency_score <= 4 then 'At Risk'
    when recency_score <= 2 then 'Can\'t Lose'
    when recency_score = 3 and frequency_score <= 2 then 'About to Sleep'
    when recency_score = 3 and frequency_score = 3 then 'Need Attention'
    when recency_score <= 4 and frequency_score >= 4 then 'Loyal Customers'
    when recency_score = 4 and frequency_score = 1 then 'Promising'
    when recency_score = 5 and frequency_score = 1 then 'New Customers'
    when frequency_score <= 3 then 'Potential Loyalists'
    else 'Champions'
  end as named_segment,
  last_invoice_at,
  reference_date
from scored
