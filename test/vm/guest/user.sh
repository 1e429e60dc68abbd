# Sourced by kernel.sh: a user without privileges, and what may keep them from user namespaces: each is one sentence with the remedy, of
# `run` and of `check --host`. shellcheck shell=bash disable=SC2154
printf 'alice:x:1234:1234::/dev/shm/alice:/bin/sh\n' >>/etc/passwd
mkdir -p /dev/shm/user /run/user/1234
cp "$runtime" /dev/shm/user/tsrun
cp -a rootfs /dev/shm/user/rootfs
chown -R 1234:1234 /dev/shm/user /run/user/1234
chmod 700 /run/user/1234
as_user() { (cd /dev/shm/user && setpriv --reuid=1234 --regid=1234 --clear-groups env XDG_RUNTIME_DIR=/run/user/1234 "$@" </dev/null 2>&1); }
as_user ./tsrun spec --rootless
sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"id", "-u"/' /dev/shm/user/config.json
about_users() { "$@" ./tsrun check --host | grep -A1 'user namespaces of users without privileges'; }
check 'user: runs a container' 0 "$(as_user ./tsrun run a)"
check 'user: check --host' 'available: *' "$(about_users as_user)"

forbidden() { # SETTING VALUE REMEDY: what a setting of the host forbids
  local file=/proc/sys/${1//.//} before
  [ -e "$file" ] || { echo "skipped: this kernel does not have $1"; return; }
  before=$(cat "$file")
  echo "$2" >"$file"
  check "user: $1=$2: run says what to set" "tsrun: clone3* (hint: $1 is $2, *: $3)" "$(as_user ./tsrun run a)"
  check "user: $1=$2: check --host, too" "limited: *$1 is $2, *remedy: $3" "$(about_users as_user)"
  echo "$before" >"$file"
}
forbidden kernel.unprivileged_userns_clone 0 'sysctl kernel.unprivileged_userns_clone=1'
forbidden user.max_user_namespaces 0 'sysctl user.max_user_namespaces=10000'

# AppArmor asks the profile of tsrun since Linux 6.7; only its parser since version 4 can tell it. scripts/setup/sid_root.sh .cache/sid
# apparmor has one.
sid=$here/../../.cache/sid
if ! grep -qs userns_create /sys/kernel/security/apparmor/features/namespaces/mask; then
  echo 'skipped: AppArmor of this kernel does not mediate user namespaces'
elif [ ! -e "$sid/usr/sbin/apparmor_parser" ]; then
  echo 'skipped: scripts/setup/sid_root.sh .cache/sid apparmor installs the parser'
else
  cat >/dev/shm/profile <<'P'
abi <abi/4.0>,
profile tsrun-denied flags=(attach_disconnected) { allow all, deny userns, }
profile tsrun-allowed flags=(attach_disconnected) { allow all, }
profile tsrun-connected { allow all, }
P
  "$here/../../scripts/setup/in_root.sh" "$sid" apparmor_parser -r -K /dev/shm/profile
  # The script is for the shell of the user.
  # shellcheck disable=SC2016
  under() { as_user sh -c 'echo "exec $0" >/proc/self/attr/exec && exec "$@"' "$@"; } # PROFILE COMMAND
  check 'user: an AppArmor profile without "userns,": run says what it lacks' \
    'tsrun: clone3 "a": permission denied (EACCES) (hint: the AppArmor profile "tsrun-denied", which confines tsrun, forbids user namespaces: add "userns,"*)' \
    "$(under tsrun-denied ./tsrun run a)"
  check 'user: an AppArmor profile without "userns,": check --host, too' 'limited: *"tsrun-denied"*remedy: add "userns,"*' "$(about_users under tsrun-denied)"
  check 'user: an AppArmor profile with "userns,": a container runs' 0 "$(under tsrun-allowed ./tsrun run a)"
  check 'user: an AppArmor profile with "userns,": check --host' 'available: *' "$(about_users under tsrun-allowed)"
  check 'user: an AppArmor profile that does not know files without names: run says what it lacks' 'tsrun: execveat*flags=(attach_disconnected))' \
    "$(under tsrun-connected ./tsrun run a)"
fi
check 'user: nothing is left' '' "$(ls /run/user/1234/tsrun)"
