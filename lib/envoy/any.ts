import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';

/** A message inside `google.protobuf.Any`. Give map fields in sorted order: their order shows in the bytes. */
export function any<Desc extends DescMessage>(schema: Desc, message?: MessageInitShape<Desc>): Any {
  return anyPack(schema, create(schema, message));
}

/** A named extension with its configuration, as `TypedExtensionConfig`, `HttpFilter` and others hold it. */
export function typedConfig<Desc extends DescMessage>(
  schema: Desc,
  message?: MessageInitShape<Desc>,
): { case: 'typedConfig'; value: Any } {
  return { case: 'typedConfig', value: any(schema, message) };
}
