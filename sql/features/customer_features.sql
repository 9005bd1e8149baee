-- description: One row per customer who bought something: recency (days), frequency (invoices) and monetary value (pounds), each scored 1 to 5, and the segment that the scores of the first two name
-- sources: cleaned.retail
-- key: customer_id
with sold as (
  select customer_id, invoice, invoiced_at, quantity * price as amount
  from {cleaned}.retail
  where customer_id is not null and (warnings is null or not regexp_like(warnings, '\b(cancelled|adjusted|returned|given_away)\b'))
),
customers as (
  select customer_id, max(invoiced_at) as last_invoice_at, count(distinct invoice) as frequency,
         cast(sum(amount) as decimal(18, 4)) as monetary
  from sold group by customer_id
),
-- Scores are fifths: 1, and 1 more for each of the edges at 1/5 to 4/5 of the way through the ranks that lies before a value's rank.
-- Equal values have equal scores, except of frequency, as many customers have the same: there their number decides who comes first.
scored as (
  select *, date_add('day', 1, cast(max(last_invoice_at) over () as date)) as reference_date,
         6 - greatest(1, cast(ceil(5 * percent_rank() over (order by cast(last_invoice_at as date) desc)) as integer)) as recency_score,
         greatest(1, cast(ceil(5 * percent_rank() over (order by frequency, customer_id)) as integer)) as frequency_score,
         greatest(1, cast(ceil(5 * percent_rank() over (order by floor(monetary))) as integer)) as monetary_score
  from customers
)
select
  customer_id,
  cast(date_diff('day', cast(last_invoice_at as date), reference_date) as integer) as recency,
  frequency,
  monetary,
  recency_score,
  frequency_score,
  monetary_score,
  concat(cast(recency_score as varchar), cast(frequency_score as varchar), cast(monetary_score as varchar)) as rfm_score,
  case
    when recency_score <= 2 and frequency_score <= 2 then 'Hibernating'
    when recency_score <= 2 and frequency_score <= 4 then 'At Risk'
    when recency_score <= 2 then 'Can''t Lose'
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
