import { startProgram } from './cli/program.ts';
import { forgetCamera, inviteCamera, printCameras } from './cli/receiver/cameras/works.ts';
import { receiverCommandLine } from './cli/receiver/options.ts';
import { receivePictures } from './cli/receiver/receive.ts';
import { printReceiverService } from './cli/receiver/service.ts';

void startProgram(receiverCommandLine, {
  service: printReceiverService,
  commands: { invite: inviteCamera, cameras: printCameras, forget: forgetCamera },
  main: receivePictures,
});
