-- Which records were voided or corrected, where, and why?
SELECT e.scheme AS scheme, e.office AS office, r.kind AS kind, r.reason AS reason, count() AS records
FROM (SELECT registration_id, scheme, office FROM analytics.events WHERE status = 'voided' OR corrected_by IS NOT NULL) AS e
INNER JOIN (
    SELECT assumeNotNull(refers_to) AS refers_to, kind, reason FROM analytics.events
    WHERE kind IN ('voided', 'corrected') AND status = 'applied'
) AS r ON r.refers_to = e.registration_id
GROUP BY scheme, office, kind, reason
ORDER BY records DESC, scheme, office, kind, reason
