-- Databases for tests.

-- name: create_empty
CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'

-- name: create_from
CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY

-- name: drop
DROP DATABASE IF EXISTS {name} WITH (FORCE)
