drop table subscription_state, subscription, calendar_link, verification, refund_request;
