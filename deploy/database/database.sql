-- The database and its roles, made once by a superuser:
--   OWNER_PASSWORD=… APPLICATION_PASSWORD=… LANE_PASSWORD=… psql -f database.sql
-- The owner migrates; the application serves and owns nothing, so it cannot change the audit; the lane adds check-ins.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv application_password APPLICATION_PASSWORD
\getenv lane_password LANE_PASSWORD
CREATE ROLE outpost_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE outpost_app LOGIN PASSWORD :'application_password';
CREATE ROLE outpost_lane LOGIN PASSWORD :'lane_password';
-- Whatever the locale of the machine: with C the search would find no Chinese.
CREATE DATABASE outpost OWNER outpost_owner TEMPLATE template0
  ENCODING UTF8 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8';
REVOKE CONNECT ON DATABASE outpost FROM PUBLIC;
GRANT CONNECT ON DATABASE outpost TO outpost_app, outpost_lane;
