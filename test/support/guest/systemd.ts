import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extractDebs, openArchive } from '../../../scripts/debian/archive.ts';
import { cacheFolder } from '../cache.ts';
import { runGuest } from './guest.ts';

export interface SystemdJob {
  /** More files: absolute path in the guest to path on the host. */
  readonly files: Readonly<Record<string, string>>;
  /** Units, by file name. */
  readonly units: Readonly<Record<string, string>>;
  /**
   * The script that the guest runs once systemd is up, with BusyBox's sh, as root. `inside` runs a command where systemd is, `sc` systemctl there.
   * systemd's own messages are among the output. /dev/video0 belongs to the group video.
   */
  readonly script: string;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
}

const RECIPE = {
  packages: ['systemd', 'libstdc++6', 'busybox-static'],
  folders: ['dev', 'proc', 'run', 'sys', 'tmp', 'root', 'opt', 'var/lib', 'var/log', 'var/tmp', 'etc/systemd/system'],
  files: {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    'etc/group': 'root:x:0:\nadm:x:4:\ntty:x:5:\nutmp:x:43:\nvideo:x:44:\nsystemd-journal:x:101:\nnogroup:x:65534:\n',
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
    'etc/os-release': 'ID=debian\n',
  },
} as const;

// The kernel does without most of what is done with a root that came with it: so systemd gets one of its own, as in a container.
const PROLOGUE = `
modprobe vivid n_devs=1 node_types=0x1 || exit 1
chgrp 44 /dev/video0 && chmod 660 /dev/video0
mkdir /root.new
mount -t tmpfs -o mode=755 tmpfs /root.new && mv /package/root/* /root.new/ || exit 1
cat >/start.sh <<'END'
cd /root.new
mount -t proc proc proc && mount -t sysfs sys sys && mount -t cgroup2 cgroup2 sys/fs/cgroup && mount --bind /dev dev || exit 1
mount --move . / || exit 1
exec chroot . /bin/busybox env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin container=guest /bin/busybox sh -c '
  busybox mount --make-rshared / && exec /lib/systemd/systemd --unit=basic.target --log-target=console --show-status=0'
END
unshare -m -p -f sh /start.sh &
for i in $(seq 60); do
  init=$(pidof systemd | tr ' ' '\\n' | tail -n 1)
  test -n "$init" && test -e /proc/$init/root/run/systemd/private && break
  sleep 1
done
inside() { nsenter -t $init -m -p "$@"; }
sc() { inside /bin/systemctl --no-pager "$@"; }
for i in $(seq 60); do sc is-active basic.target >/dev/null 2>&1 && break; sleep 1; done
`;

/** Boots the arm64 guest, and in it Debian's systemd with those units and a real camera, and runs the script. See runGuest. */
export async function runSystemdGuest(job: SystemdJob): Promise<{ output: string; status: number }> {
  const cached = await cacheFolder('arm64-systemd', RECIPE, buildRoot);
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-systemd-'));
  try {
    const root = join(folder, 'root');
    await cp(join(cached, 'root'), root, { recursive: true, verbatimSymlinks: true });
    for (const [path, host] of Object.entries(job.files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await cp(host, join(root, path), { recursive: true });
    }
    for (const [name, text] of Object.entries(job.units)) {
      await mkdir(dirname(join(root, 'etc/systemd/system', name)), { recursive: true });
      await writeFile(join(root, 'etc/systemd/system', name), text);
    }
    return await runGuest({ packageDirectory: folder, script: PROLOGUE + job.script, timeoutMs: job.timeoutMs });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildRoot(part: string): Promise<void> {
  const archive = await openArchive({ suite: 'bookworm', arch: 'arm64' });
  const debs = await archive.downloadPackages(RECIPE.packages, join(part, 'debs'), { dependencies: true });
  const root = join(part, 'root');
  await extractDebs(debs, root);
  await rm(join(part, 'debs'), { recursive: true });
  await rm(join(root, 'usr/share'), { recursive: true });
  for (const folder of RECIPE.folders) await mkdir(join(root, folder), { recursive: true });
  for (const [path, text] of Object.entries(RECIPE.files)) await writeFile(join(root, path), text);
}
