DROP TABLE crm.daily_metrics, crm.automations, crm.appointments, crm.activities;
