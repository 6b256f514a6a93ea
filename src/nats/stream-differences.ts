import { StorageType, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';

/** The settings of a stream with the wanted retention. */
export type Wanted = Pick<
  StreamConfig,
  'subjects' | 'retention' | 'storage' | 'max_msgs_per_subject' | 'max_age' | 'discard'
>;

/** Servers that hold a stream where there are so many: one of them may go. */
export const wantedReplicas = 3;

/** Limits at which a stream rejects or deletes frames that it would keep, or accepts no more consumers. */
const limits = ['max_bytes', 'max_msgs', 'max_msg_size', 'max_consumers'] as const;

/** How a stream differs from what is wanted, in words: empty where it does not matter. */
export function describeDifferences({ config, cluster }: StreamInfo, wanted: Wanted): string {
  const kept = [config, wanted].map(describeKept);
  const differences = kept[0] === kept[1] ? [] : [`keeps ${kept[0]}, rather than ${kept[1]}`];
  for (const key of ['subjects', 'retention', 'discard'] as const) {
    const [is, should] = [config[key], wanted[key]].map((value) => (Array.isArray(value) ? value.join(' ') : value));
    if (is !== should) differences.push(`has ${key} ${is}, rather than ${should}`);
  }
  for (const key of limits) if (config[key] > 0) differences.push(`has ${key} ${config[key]}, rather than no limit`);
  // A server on its own gives no name of a cluster.
  if (cluster?.name !== undefined && config.num_replicas < wantedReplicas) {
    differences.push(`has num_replicas ${config.num_replicas} in a cluster, rather than ${wantedReplicas}`);
  }
  return differences.join(', and ');
}

/** Why nothing can be published into that stream, and what to do; undefined where it can. */
export function describeProblem({ name, sealed, no_ack: isSilent }: StreamConfig): string | undefined {
  if (sealed) return `the stream ${name} is sealed, which cannot be undone: delete it and publish again`;
  if (isSilent)
    return `the stream ${name} has no_ack, so publishers do not learn which frames it accepted: set no_ack to false there`;
  return undefined;
}

function describeKept({ max_msgs_per_subject: count, max_age: age, storage }: Wanted): string {
  const frames = count === 1 ? 'the newest frame' : count > 1 ? `the last ${count} frames` : 'all frames';
  const time = age > 0 ? ` for ${millis(age) / 1000} s` : '';
  return `${frames} of each camera${time} ${storage === StorageType.File ? 'on disk' : 'in memory'}`;
}
