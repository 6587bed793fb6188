import { fromBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

/** Numbers of the length-delimited fields of FileDescriptorProto, but `name`, which comes first and once. */
const FIELDS = new Set([2, 3, 4, 5, 6, 7, 8, 9, 12]);
/** Packed dependency indexes and the edition, written as varints. */
const VARINT_FIELDS = new Set([10, 11, 14]);

/**
 * The protobuf descriptors that a C++ program carries: each begins with its file name and goes on as long as what follows
 * is a field of a descriptor. Keyed by file name.
 */
export function descriptorsIn(
  program: Uint8Array,
  folders: readonly string[],
): Map<string, FileDescriptorProto> {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  const found = new Map<string, FileDescriptorProto>();
  for (const folder of folders) {
    for (let at = bytes.indexOf(folder); at >= 0; at = bytes.indexOf(folder, at + 1)) {
      const start = nameStart(bytes, at);
      if (start === undefined) continue;
      const file = fromBinary(
        FileDescriptorProtoSchema,
        bytes.subarray(start.from, descriptorEnd(bytes, start.to)),
      );
      if (file.package !== '') found.set(file.name, file);
    }
  }
  return found;
}

/** Where the field `name` begins and ends, if the text at `at` is one. */
function nameStart(bytes: Buffer, at: number): { from: number; to: number } | undefined {
  for (const from of [at - 2, at - 3]) {
    if (bytes[from] !== 0x0a) continue;
    const length = varint(bytes, from + 1);
    if (length === undefined || length.next !== at || length.value > 200) continue;
    const to = at + length.value;
    if (/^[\w/.-]+\.proto$/.test(bytes.toString('latin1', at, to))) return { from, to };
  }
  return undefined;
}

function descriptorEnd(bytes: Buffer, from: number): number {
  let end = from;
  for (;;) {
    const tag = varint(bytes, end);
    const length = tag && varint(bytes, tag.next);
    if (tag === undefined || length === undefined) return end;
    const field = tag.value >>> 3;
    if ((tag.value & 7) === 2 && (FIELDS.has(field) || VARINT_FIELDS.has(field))) {
      end = length.next + length.value;
    } else if ((tag.value & 7) === 0 && VARINT_FIELDS.has(field)) end = length.next;
    else return end;
  }
}

function varint(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, next: at + i + 1 };
  }
  return undefined;
}

/** Every message, field and enum value of a file, one line each, by full name. */
export function* declarations(file: FileDescriptorProto): Generator<string> {
  for (const message of file.messageType) yield* messageLines(message, file.package);
  for (const it of file.enumType) yield* enumLines(it, file.package);
}

function* messageLines(message: DescriptorProto, scope: string): Generator<string> {
  const name = `${scope}.${message.name}`;
  yield `message ${name}`;
  for (const field of message.field) {
    yield `${name}.${field.name} = ${field.number} ${typeOf(field)}${oneof(message, field)}`;
  }
  for (const nested of message.nestedType) yield* messageLines(nested, name);
  for (const it of message.enumType) yield* enumLines(it, name);
}

function* enumLines(it: EnumDescriptorProto, scope: string): Generator<string> {
  for (const value of it.value) yield `${scope}.${it.name}.${value.name} = ${value.number}`;
}

function typeOf(field: FieldDescriptorProto): string {
  const type = field.typeName || FieldDescriptorProto_Type[field.type];
  return field.label === FieldDescriptorProto_Label.REPEATED ? `repeated ${type}` : type;
}

function oneof(message: DescriptorProto, field: FieldDescriptorProto): string {
  if (!Object.hasOwn(field, 'oneofIndex')) return '';
  return ` in ${message.oneofDecl[field.oneofIndex]?.name}`;
}
