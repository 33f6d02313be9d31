-- Corrections that wait, or waited, for a second person are listed without reading everything that was ever parked.
SET LOCAL lock_timeout = '5s';

CREATE INDEX parked_corrections ON parked (source, number) WHERE type = 'event.corrected';
