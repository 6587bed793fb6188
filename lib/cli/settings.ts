import type { Command } from 'commander';

import type { Settings } from '../../controllers/settings.ts';
import { addLegacyOptions, type LegacyOptions, legacySettingsFor } from './legacy-options.ts';
import { bindOption, type BindOptions, portShiftOption } from './options.ts';

/** Options that change what manifests mean; the same for every command that reads them. */
export interface ReadOptions extends BindOptions, LegacyOptions {}

export function addReadOptions(command: Command): Command {
  return addLegacyOptions(command.addOption(bindOption()).addOption(portShiftOption()));
}

export function settingsOf(options: ReadOptions): Settings {
  const { bind, portShift } = options;
  return {
    mode: 'standalone',
    bind,
    privilegedPortShift: portShift,
    allowLocalBackends: true,
    legacy: legacySettingsFor(options),
    legacyLua: options.legacyLua === true,
  };
}
