import type { Contender, Row } from '../../scripts/bench/row.ts';

/** A row of the bench with these frames per second by round; where there is none, the contender fails. */
export function makeBenchRow({
  ours = [2],
  peer = [1],
}: {
  ours?: readonly (number | undefined)[];
  peer?: readonly (number | undefined)[];
} = {}): Row {
  return {
    name: 'trial',
    title: 'Trial of `frames` & more',
    about: 'Nothing is measured.',
    seconds: 1,
    quantities: { fps: { name: 'frames a second', better: 'more', digits: 0 } },
    contenders: { ours: play('image-socket', 'ours', ours), peer: play('another <program>', 'peer', peer) },
    figures: [{ key: 'ratio', title: 'against another', quantity: 'fps', against: 'peer', goal: 3 }],
  };
}

function play(name: string, role: Contender['role'], values: readonly (number | undefined)[]): Contender {
  let round = 0;
  const run = async () => {
    const fps = values[round++];
    if (fps === undefined) throw new Error('no value');
    return { fps };
  };
  return { name, role, run };
}
