import { startProgram } from './cli/program.ts';
import { senderCommandLine } from './cli/sender/commands.ts';
import { joinWithCode } from './cli/sender/join/join.ts';
import { printDiagnosis, sendOrListCameras } from './cli/sender/reports.ts';
import { sendPictures } from './cli/sender/send.ts';
import { printSenderService } from './cli/sender/service.ts';

void startProgram(senderCommandLine, {
  service: printSenderService,
  commands: { camera: sendOrListCameras, doctor: printDiagnosis, join: joinWithCode },
  main: sendPictures,
});
