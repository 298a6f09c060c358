-- Checks of the problem lists with what they leave open filled in. A finding is of the grade that the list states only where nothing explains it:
-- not where another session or side would (indicator), nor where a limit is only clinical (kind). case_shift keeps the findings of two checks
-- on the same records apart: it is taken off the key of a record, or added where that is negative, so that no sum overflows.

SELECT
    check_id, problem, shape,
    CASE WHEN grade = 'violation'
          AND (shape <> 'together' OR COALESCE(indicator, '-') = 'never')
          AND (shape <> 'more-than' OR COALESCE(kind, '-') = 'absolute') THEN 'violation' ELSE 'lead' END AS finding_grade,
    COALESCE(indicator, 'unless-other-session') AS indicator,
    COALESCE(time_window, 'visit') AS time_window,
    COALESCE(window_minutes, 0) AS window_minutes,
    COALESCE(per, 'day') AS per,
    COALESCE(period_days, 0) AS period_days,
    limit_e4, each_item, share_pct,
    COALESCE(place, 'institution') AS place,
    COALESCE(time_from, 'anaesthesia') AS time_from,
    COALESCE(unit_minutes, 60) AS unit_minutes,
    COALESCE(base_minutes, 0) AS base_minutes,
    COALESCE(b_unit_minutes, 1440) AS b_unit_minutes,
    by_department, by_dx_in,
    CAST(check_id AS BIGINT) * 1000000007 AS case_shift
FROM problem_check
