export type HTTPPathModifierType = 'ReplaceFullPath' | 'ReplacePrefixMatch';

/** A new path: exactly the field that `type` names is present. */
export interface HTTPPathModifier {
  readonly type: HTTPPathModifierType;
  readonly replaceFullPath?: string | undefined;
  readonly replacePrefixMatch?: string | undefined;
}
