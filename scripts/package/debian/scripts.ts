// The maintainer scripts: what dpkg runs as root. They are those of debhelper's dh_installsystemd
// with --no-enable: the unit starts when the administrator has configured it.

/** The scripts by their names in the control archive. */
export function formatScripts(program: string): Record<'postinst' | 'prerm' | 'postrm', string> {
  const unit = `${program}.service`;
  return {
    postinst: script(`
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
    # Lifts the mask of an earlier removal, and remembers the links of an enabled unit for a purge.
    deb-systemd-helper unmask ${unit} >/dev/null || true
    deb-systemd-helper update-state ${unit} >/dev/null || true
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload >/dev/null || true
        # After an upgrade a unit that runs goes on with the new program.
        if [ -n "$2" ]; then deb-systemd-invoke try-restart ${unit} >/dev/null || true; fi
    fi
fi`),
    prerm: script(`
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop ${unit} >/dev/null || true
fi`),
    postrm: script(`
if [ "$1" = remove ]; then
    if command -v deb-systemd-helper >/dev/null; then deb-systemd-helper mask ${unit} >/dev/null || true; fi
    if [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
fi
if [ "$1" = purge ]; then
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper purge ${unit} >/dev/null || true
        deb-systemd-helper unmask ${unit} >/dev/null || true
    fi
    # The administrator's tokens and keys, and what the unit wrote. systemd keeps that in private, behind a link.
    # A disk that is mounted there is not of this package.
    rm -rf --one-file-system /etc/${program} /var/lib/private/${program} /var/lib/${program} || true
fi`),
  };
}

function script(work: string): string {
  return `#!/bin/sh\nset -e\n${work}\n`;
}
