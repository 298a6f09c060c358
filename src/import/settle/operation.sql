-- Canonical operations of a person bucket: the bills of one stay name the same ones.

SELECT DISTINCT visit_key, psn_key, inst_key, oprn_code, oprn_name, is_main, oprn_day, oprn_begin_min, oprn_end_min,
       anst_way, anst_begin_min, anst_end_min, oper_dr_key, anst_dr_key
FROM operation_part
