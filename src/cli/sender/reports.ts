import process from 'node:process';
import { examine } from '../../doctor/examine.ts';
import { announceProbe } from '../../doctor/receiver-check.ts';
import { formatReport, formatReportAsJson } from '../../doctor/report.ts';
import { readSwitch } from '../../options/values.ts';
import { type CodedError, formatError } from '../../protocol/errors.ts';
import { listUsbCameras } from '../../sources/camera/camera-list.ts';
import type { CameraInfo } from '../../sources/camera-info.ts';
import { listCsiCameras } from '../../sources/rpicam/rpicam-list.ts';
import { printText } from '../print.ts';
import type { Work } from '../program.ts';
import { formatCameras } from './camera-list.ts';
import { readDoctorRequest } from './doctor-options.ts';

const exitCodeOf = { camera: 3, receiver: 4, NATS: 4 } as const;

/** What `camera --list` prints. */
export const printCameras: Work = async ({ options }, terminal, stop) => {
  let isKnown = true;
  const csiCameras = listCsiCameras(stop.signal).catch((error: CodedError) => {
    isKnown = false;
    terminal.warn(formatError(error));
  });
  const [usb, csi] = await Promise.all([listUsbCameras(), csiCameras]);
  const cameras: CameraInfo[] = [...usb, ...(csi ?? [])];
  const isJson = readSwitch(options, 'json');
  if (isKnown || isJson || cameras.length > 0) {
    await printText(isJson ? JSON.stringify(cameras) : formatCameras(cameras).join('\n'));
  }
  // What is there could not be found out.
  return isKnown ? undefined : exitCodeOf.camera;
};

/** What `doctor` prints, whose last line is the command to type next: what keeps pictures from being sent is in the exit code. */
export const printDiagnosis: Work = async (run, terminal, stop) => {
  const request = readDoctorRequest(run);
  if (request.receiver !== undefined) terminal.info(announceProbe(request.receiver));
  const report = await examine(request, stop.signal);
  const { stdout } = process;
  const isColored = stdout.isTTY && stdout.hasColors();
  const text = readSwitch(run.options, 'json')
    ? formatReportAsJson(report)
    : formatReport(report, isColored, stdout.columns);
  await printText(text);
  // Whoever interrupts it gets what is known, and no verdict.
  return stop.signal.aborted || report.problem === undefined ? undefined : exitCodeOf[report.problem];
};
