/**
 * The tray icon in the sizes that each system uses, each drawn separately instead of scaled. macOS uses a template
 * image, the others use colour.
 */
import colour16 from '../../build/tray/colour-16.png?inline';
import colour22 from '../../build/tray/colour-22.png?inline';
import colour32 from '../../build/tray/colour-32.png?inline';
import colour44 from '../../build/tray/colour-44.png?inline';
import template16 from '../../build/tray/template-16.png?inline';
import template32 from '../../build/tray/template-32.png?inline';

export interface TrayImage {
  scaleFactor: number;
  dataURL: string;
}

export function trayImages(platform: NodeJS.Platform): TrayImage[] {
  const [normal, double] = imagesFor(platform);
  return [
    { scaleFactor: 1, dataURL: normal },
    { scaleFactor: 2, dataURL: double },
  ];
}

function imagesFor(platform: NodeJS.Platform): [normal: string, double: string] {
  if (platform === 'darwin') return [template16, template32];
  return platform === 'win32' ? [colour16, colour32] : [colour22, colour44];
}
