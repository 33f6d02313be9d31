-- Tables of this part come here.
SET LOCAL lock_timeout = '5s';
