import type { Devices } from '../options/commands.ts';
import { quoteMount } from './quoting.ts';

/** Differs from service to service. */
export interface SandboxNeeds {
  /** Undefined: none. */
  readonly devices: Devices | undefined;
  /** The group that may switch pins, where a program of the service does so. */
  readonly pins?: string | undefined;
  /** As systemd writes it: `600M`, or a share such as `75%`. */
  readonly memoryMax: string;
  /** Whether it listens on a port below 1024. */
  readonly hasLowPort: boolean;
  /** Files and folders that it reads and services do not see. */
  readonly hiddenPaths: readonly string[];
}

/** For every service: nothing that a program which reads, sends and writes pictures needs. */
const common: readonly string[] = [
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'PrivateMounts=yes',
  'ProtectProc=invisible',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'LockPersonality=yes',
  'RemoveIPC=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'UMask=0077',
  '# MemoryDenyWriteExecute= would keep the JavaScript engine from compiling.',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  'SystemCallFilter=@system-service',
];

/** The lines of the unit that bound what the service may use and see. */
export function listSandbox(needs: SandboxNeeds): string[] {
  const { hiddenPaths } = needs;
  return [
    '# Raspberry Pi OS heeds this only with cgroup_enable=memory in /boot/firmware/cmdline.txt.',
    `MemoryMax=${needs.memoryMax}`,
    'TasksMax=256',
    'DynamicUser=yes',
    ...listDevices(needs.devices, needs.pins !== undefined),
    ...listPins(needs.pins),
    ...listCapabilities(needs.hasLowPort),
    ...listHomes(hiddenPaths),
    ...common,
    ...listKernelParts(needs.devices),
  ];
}

function listDevices(devices: Devices | undefined, hasPins: boolean): string[] {
  const camera = [
    'SupplementaryGroups=video',
    'DevicePolicy=closed',
    '# /dev/video*',
    'DeviceAllow=char-video4linux rw',
  ];
  switch (devices) {
    case 'camera':
      return camera;
    case 'libcamera':
      // libcamera finds cameras through /dev/media*, sets them up through /dev/v4l-subdev*, and
      // allocates in /dev/dma_heap.
      return [
        ...camera,
        '# /dev/media* and /dev/dma_heap/*, for libcamera',
        'DeviceAllow=char-media rw',
        'DeviceAllow=char-dma_heap rw',
      ];
    default:
      return hasPins ? ['DevicePolicy=closed'] : ['PrivateDevices=yes', 'DevicePolicy=closed'];
  }
}

function listPins(group: string | undefined): string[] {
  if (group === undefined) return [];
  return [
    '# /dev/gpiochip*: a program that gets results may switch a lamp.',
    'DeviceAllow=char-gpiochip rw',
    `SupplementaryGroups=${group}`,
    '# lgpio, which gpiozero uses, keeps a file in this folder.',
    'Environment=LG_WD=/tmp',
  ];
}

function listHomes(hiddenPaths: readonly string[]): string[] {
  if (hiddenPaths.length === 0) return ['ProtectHome=yes'];
  return [
    '# The service reads this as any other user of this machine would: it must be readable for all.',
    ...hiddenPaths.map((path) => `BindReadOnlyPaths=${quoteMount(path)}`),
    'ProtectHome=tmpfs',
  ];
}

function listCapabilities(hasLowPort: boolean): string[] {
  // A user namespace of its own would have no say over the machine's ports.
  if (hasLowPort)
    return [
      '# For a port below 1024.',
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    ];
  return ['CapabilityBoundingSet=', 'PrivateUsers=yes'];
}

function listKernelParts(devices: Devices | undefined): string[] {
  // AF_NETLINK lists the networks of this machine, in which receivers are announced and found.
  const families = 'AF_INET AF_INET6 AF_UNIX AF_NETLINK';
  // libcamera asks udev for cameras that come and go, and sets its threads' processors.
  if (devices === 'libcamera') return ['SystemCallFilter=~@privileged', `RestrictAddressFamilies=${families}`];
  return ['SystemCallFilter=~@privileged @resources', `RestrictAddressFamilies=${families}`, 'ProcSubset=pid'];
}
