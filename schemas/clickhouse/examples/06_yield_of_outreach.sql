-- Which outreach activities brought the most enrolments per 100 attendances, and at what cost each?
SELECT id, partner, sessions, attendees, enrolments, enrolments_by_scheme, per_100_attendees, cost_per_enrolment, currency
FROM analytics.outreach_yield
WHERE attendees > 0
ORDER BY per_100_attendees DESC, id
