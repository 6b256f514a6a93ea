import type { CameraRegistry } from '../frames/camera-registry.ts';
import { bucketBoundsMs, type LatencyHistogram } from '../frames/latency-histogram.ts';
import type { ResultFigures } from '../frames/results/camera-results.ts';
import type { ResultHub } from '../frames/results/result-hub.ts';
import { describeHistogram, type Metric } from './exposition.ts';

/** The figures of a detector; none where there is no detector. */
export function describeDetector({ all: cameras }: CameraRegistry, results: ResultHub): Metric[] {
  const detector = results.readDetector?.();
  if (detector === undefined) return [];
  const count = (name: string, help: string, value: number): Metric => {
    return { name: `image_socket_${name}`, help, type: 'counter', samples: [{ labels: {}, value }] };
  };
  const time = (name: string, help: string, pick: (figures: ResultFigures) => LatencyHistogram): Metric => {
    const bounds = bucketBoundsMs.map((ms) => ms / 1000);
    const samples = cameras.flatMap((camera) => {
      const figures = results.cameras.figures(camera);
      if (figures === undefined) return [];
      const { counts, sumMs } = pick(figures);
      return describeHistogram({ labels: { camera: camera.key }, bounds, counts, sum: sumMs / 1000 });
    });
    return { name: `image_socket_${name}`, help, type: 'histogram', samples };
  };
  return [
    time(
      'detection_seconds',
      'From handing over a picture to the answer of the detector',
      ({ detection }) => detection,
    ),
    time('result_age_seconds', 'From the capture to the answer of the detector', ({ age }) => age),
    count('detector_restarts_total', 'Times that a program of the detector was started again', detector.restarts),
    count('detector_mismatches_total', 'Answers for a picture that the detector did not have', detector.mismatches),
    count('detector_unreadable_lines_total', 'Lines that were no answers', detector.unreadable),
    count('detector_refused_detections_total', 'Detections that were not as they must be', detector.refused),
    count('results_unsent_total', 'Results that could not be sent to their camera', results.unsent),
  ];
}
