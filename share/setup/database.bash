# database.bash - the database of tenantry setup: a local one, or any by its URL

backups=/var/lib/tenantry/backups

# A local Postgres authenticates the tenantry user by name (peer), without a password.
as_postgres() {
	(cd / && runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 "$@")
}

local_url() {
	local port
	port=$(as_postgres -c 'SHOW port')
	echo "postgresql:///tenantry?host=/run/postgresql&port=$port&user=tenantry"
}

is_local() {
	[ "$DATABASE_URL" = local ] ||
		[[ $DATABASE_URL == postgresql:///tenantry\?host=/run/postgresql* ]]
}

# A server that was just installed may still be starting.
wait_for_postgres() {
	local tick
	for ((tick = 0; tick < 100; tick++)); do
		! as_postgres -c 'SHOW server_version_num' 2>/dev/null || return 0
		[ -e /run/postgresql/.s.PGSQL.5432 ] || sleep 0.3
	done
	as_postgres -c 'SHOW server_version_num'
}

check_database() {
	local said
	if is_local; then
		DATABASE_URL=local
		command -v psql >/dev/null && id postgres >/dev/null 2>&1 || {
			complain "no Postgres on this machine; run apt install" \
				"postgresql, or give a DATABASE_URL"
			return 0
		}
		said=$(wait_for_postgres 2>&1) || {
			complain "the local Postgres refused: $said"
			return 0
		}
		[ "$said" -ge 150000 ] ||
			complain "Postgres 15 or newer is required"
		return 0
	fi
	said=$(DATABASE_URL=$DATABASE_URL tenantry schema plan 2>&1) ||
		complain "the database refused: $said"
}

make_role() {
	as_postgres <<-'SQL'
		SELECT 'CREATE ROLE tenantry LOGIN CREATEROLE'
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry') \gexec
		GRANT pg_read_all_stats TO tenantry; -- how far standbys are behind
	SQL
}

# The encoding is UTF-8 even if the server was installed without a locale.
make_database() {
	as_postgres <<-'SQL'
		SELECT 'CREATE DATABASE tenantry OWNER tenantry TEMPLATE template0
			ENCODING ''UTF8'' LOCALE ''C.UTF-8'''
		 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tenantry') \gexec
	SQL
}

# The backup role bypasses row-level security, so that it can read all rows.
make_backup_role() {
	as_postgres <<-SQL
		SELECT 'CREATE ROLE tenantry_backup'
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry_backup') \gexec
		ALTER ROLE tenantry_backup LOGIN BYPASSRLS CREATEDB NOCREATEROLE PASSWORD '$1';
		GRANT pg_read_all_data TO tenantry_backup;
	SQL
}

# Creates a key if age is installed, because only an encrypted backup contains the settings.
make_backup_key() {
	local file=$conf/backup.key
	command -v age-keygen >/dev/null || return 0
	[ -e $file ] || {
		put $file 640 root:tenantry < <(age-keygen 2>/dev/null)
		say "keep a copy of $file elsewhere: it decrypts the backups if this machine is lost" >&2
	}
	echo "BACKUP_RECIPIENT=\"$(age-keygen -y $file)\""
	echo "BACKUP_IDENTITY=\"$file\""
}

# The services do not read this file. A restore replaces it with the file of the old machine.
write_backup_settings() {
	local password port file=$conf/backup.conf
	port=$(as_postgres -c 'SHOW port')
	password=$(head -c 24 /dev/urandom | base64 | tr +/ -_)
	make_backup_role "$password"
	[ -e $file ] || {
		put $file 600 root:root <<-CONF
			# Settings of backups: /usr/share/doc/tenantry/backups.md
			BACKUP_TO="$backups"
			TMPDIR="/var/tmp"
		CONF
		make_backup_key >>$file
	}
	mode=600 readers=root:root assign $file BACKUP_DATABASE_URL \
		"postgresql://tenantry_backup:$password@127.0.0.1:$port/tenantry"
	install -d -m 700 -o tenantry -g tenantry "$backups"
}

set_up_database() {
	[ "$DATABASE_URL" = local ] || return 0
	does "creating the role tenantry, unless it exists" make_role
	does "creating the database tenantry, unless it exists" make_database
	[ -e $conf/backup.conf ] && [ -z "$archive" ] ||
		does "creating the role tenantry_backup and writing $conf/backup.conf" \
			write_backup_settings
}
