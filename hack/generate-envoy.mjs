// Generates lib/envoy/gen/ from the protos that @grpc/grpc-js-xds ships. Runs on Node 20 without dependencies of its own.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OVERLAYS } from './envoy-overlays.mjs';
import { capture, SetupError } from './step.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const output = join(root, 'lib/envoy/gen');
const stampFile = join(output, '.stamp');

/** Roots of the set, below `envoy/`; whatever they import comes with them. */
const FILES = `
  config/accesslog/v3/accesslog
  config/bootstrap/v3/bootstrap
  config/cluster/v3/{cluster,circuit_breaker,filter,outlier_detection}
  config/common/matcher/v3/matcher
  config/core/v3/{address,base,config_source,extension,grpc_service,health_check,http_uri,protocol,proxy_protocol}
  config/core/v3/substitution_format_string
  config/endpoint/v3/endpoint
  config/listener/v3/{listener,listener_components,quic_config,udp_listener_config}
  config/metrics/v3/stats
  config/overload/v3/overload
  config/route/v3/{route,route_components,scoped_route}
  config/trace/v3/{http_tracer,opentelemetry,zipkin,datadog}
  extensions/access_loggers/{file/v3/file,stream/v3/stream,grpc/v3/als,open_telemetry/v3/logs_service}
  extensions/bootstrap/internal_listener/v3/internal_listener
  extensions/compression/{gzip/compressor/v3/gzip,brotli/compressor/v3/brotli,zstd/compressor/v3/zstd}
  extensions/filters/common/set_filter_state/v3/value
  extensions/filters/http/basic_auth/v3/basic_auth
  extensions/filters/http/buffer/v3/buffer
  extensions/filters/http/compressor/v3/compressor
  extensions/filters/http/cors/v3/cors
  extensions/filters/http/csrf/v3/csrf
  extensions/filters/http/custom_response/v3/custom_response
  extensions/filters/http/ext_authz/v3/ext_authz
  extensions/filters/http/composite/v3/composite
  extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler
  extensions/filters/http/filter_chain/v3/filter_chain
  extensions/common/matching/v3/extension_matcher
  extensions/filters/http/ext_proc/v3/ext_proc
  extensions/filters/http/fault/v3/fault
  extensions/filters/http/grpc_json_transcoder/v3/transcoder
  extensions/filters/http/grpc_http1_bridge/v3/config
  extensions/filters/http/grpc_stats/v3/config
  extensions/filters/http/grpc_web/v3/grpc_web
  extensions/filters/http/header_mutation/v3/header_mutation
  extensions/filters/http/health_check/v3/health_check
  extensions/filters/http/jwt_authn/v3/config
  extensions/filters/http/local_ratelimit/v3/local_rate_limit
  extensions/filters/http/lua/v3/lua
  extensions/filters/http/on_demand/v3/on_demand
  extensions/filters/http/ratelimit/v3/rate_limit
  extensions/filters/http/rbac/v3/rbac
  extensions/filters/http/router/v3/router
  extensions/filters/http/set_filter_state/v3/set_filter_state
  extensions/filters/http/stateful_session/v3/stateful_session
  extensions/filters/http/upstream_codec/v3/upstream_codec
  extensions/filters/listener/http_inspector/v3/http_inspector
  extensions/filters/listener/proxy_protocol/v3/proxy_protocol
  extensions/filters/listener/tls_inspector/v3/tls_inspector
  extensions/filters/network/connection_limit/v3/connection_limit
  extensions/filters/network/direct_response/v3/config
  extensions/filters/network/http_connection_manager/v3/http_connection_manager
  extensions/filters/network/rbac/v3/rbac
  extensions/filters/network/set_filter_state/v3/set_filter_state
  extensions/filters/network/tcp_proxy/v3/tcp_proxy
  extensions/filters/udp/udp_proxy/session/http_capsule/v3/http_capsule
  extensions/filters/udp/udp_proxy/v3/{udp_proxy,route}
  extensions/formatter/{metadata/v3/metadata,req_without_query/v3/req_without_query}
  extensions/http/custom_response/{local_response_policy/v3/local_response_policy,redirect_policy/v3/redirect_policy}
  extensions/http/early_header_mutation/header_mutation/v3/header_mutation
  extensions/http/header_formatters/preserve_case/v3/preserve_case
  extensions/http/original_ip_detection/{custom_header/v3/custom_header,xff/v3/xff}
  extensions/http/stateful_session/{cookie/v3/cookie,header/v3/header}
  extensions/load_balancing_policies/{cluster_provided/v3/cluster_provided,common/v3/common}
  extensions/load_balancing_policies/{least_request/v3/least_request,maglev/v3/maglev,pick_first/v3/pick_first}
  extensions/load_balancing_policies/{random/v3/random,ring_hash/v3/ring_hash,round_robin/v3/round_robin}
  extensions/load_balancing_policies/{subset/v3/subset,wrr_locality/v3/wrr_locality}
  extensions/matching/common_inputs/{network/v3/network_inputs,ssl/v3/ssl_inputs}
  extensions/matching/input_matchers/ip/v3/ip
  extensions/path/{match/uri_template/v3/uri_template_match,rewrite/uri_template/v3/uri_template_rewrite}
  extensions/regex_engines/v3/google_re2
  extensions/request_id/uuid/v3/uuid
  extensions/resource_monitors/{downstream_connections/v3/downstream_connections,fixed_heap/v3/fixed_heap}
  extensions/retry/host/previous_hosts/v3/previous_hosts
  extensions/retry/priority/previous_priorities/v3/previous_priorities_config
  extensions/transport_sockets/internal_upstream/v3/internal_upstream
  extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol
  extensions/transport_sockets/quic/v3/quic_transport
  extensions/transport_sockets/raw_buffer/v3/raw_buffer
  extensions/transport_sockets/tls/v3/{cert,common,secret,tls}
  extensions/upstreams/http/v3/http_protocol_options
  extensions/upstreams/tcp/v3/tcp_protocol_options
  service/auth/v3/{attribute_context,external_auth}
  service/discovery/v3/{ads,discovery}
  service/ext_proc/v3/external_processor
  service/ratelimit/v3/rls
  service/accesslog/v3/als
  type/http/v3/{cookie,path_transformation}
  type/matcher/v3/{address,filter_state,http_inputs,metadata,number,path,regex,status_code_input,string,struct,value}
  type/metadata/v3/metadata
  type/tracing/v3/custom_tag
  type/v3/{hash_policy,http,http_status,percent,range,semantic_version,token_bucket}
`.trim().split(/\s+/).flatMap(expand).map((name) => `envoy/${name}.proto`);

/** Roots outside `envoy/`. */
const XDS_FILES = [
  'xds/core/v3/extension.proto',
  'xds/type/matcher/v3/matcher.proto',
  'xds/type/matcher/v3/domain.proto',
  'xds/type/matcher/v3/ip.proto',
  'xds/type/v3/typed_struct.proto',
];

/** True if the output came from the present inputs. */
export function typesCurrent() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === inputsHash();
}

export async function generateEnvoy() {
  const stamp = inputsHash();
  // Beside the target, so that the final rename stays on one file system.
  const work = mkdtempSync(join(root, 'node_modules/.envoy-gen-'));
  try {
    copyProtos(work);
    for (const overlay of OVERLAYS) applyOverlay(work, overlay);
    await runBuf(work);
    useOwnFileDesc(join(work, 'out'));
    writeFileSync(join(work, 'out/.stamp'), stamp);
    swapIn(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** See lib/envoy/file-desc.ts. */
function useOwnFileDesc(out) {
  for (const name of readdirSync(out, { recursive: true })) {
    if (!name.endsWith('_pb.ts')) continue;
    const file = join(out, name);
    const own = `${'../'.repeat(name.split('/').length)}file-desc.ts`;
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(
      /(import \{[^}]*)\bfileDesc(?:, )?([^}]*\} from "@bufbuild\/protobuf\/codegenv2";)/,
      `$1$2\nimport { fileDesc } from "${own}";`,
    );
    if (changed === text) throw new SetupError(`${name} has no descriptor`);
    writeFileSync(file, changed);
  }
}

/** Two at once end with one complete output: the loser of the rename finds an equal directory in place. */
function swapIn(work) {
  for (let attempt = 0;; attempt++) {
    if (existsSync(output)) {
      try {
        renameSync(output, join(work, `old-${attempt}`));
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
    }
    try {
      renameSync(join(work, 'out'), output);
      return;
    } catch (error) {
      if (attempt >= 5 || !['EEXIST', 'ENOTEMPTY'].includes(error.code)) throw error;
    }
  }
}

function inputsHash() {
  const hash = createHash('sha256');
  for (const name of ['generate-envoy.mjs', 'envoy-overlays.mjs']) {
    hash.update(readFileSync(join(root, 'hack', name)));
  }
  for (const name of ['@grpc/grpc-js-xds', '@bufbuild/protoc-gen-es', '@bufbuild/buf']) {
    const manifest = join(modules, name, 'package.json');
    if (!existsSync(manifest)) throw new SetupError(`${name} is not installed; run: npm run setup`);
    hash.update(`${name}@${JSON.parse(readFileSync(manifest, 'utf8')).version}\n`);
  }
  return hash.digest('hex');
}

function copyProtos(work) {
  const deps = join(modules, '@grpc/grpc-js-xds/deps');
  for (const [from, to] of [['envoy-api/envoy', 'envoy'], ['xds/xds', 'xds'], ['xds/udpa', 'udpa']]) {
    cpSync(join(deps, from), join(work, 'protos', to), { recursive: true });
  }
  cpSync(join(deps, 'protoc-gen-validate/validate'), join(work, 'protos/validate'), { recursive: true });
  cpSync(join(deps, 'googleapis/google'), join(work, 'protos/google'), { recursive: true });
}

/** A field that the shipped file has meanwhile is a duplicate, which buf refuses by name. */
function applyOverlay(work, overlay) {
  const path = join(work, 'protos', overlay.file);
  if ('create' in overlay) {
    if (existsSync(path)) {
      throw new SetupError(`overlay for ${overlay.file}: the file is shipped now, drop the overlay`);
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, overlay.create);
    return;
  }
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const edit = 'replace' in overlay ? replaced : 'append' in overlay ? appended : inserted;
  writeFileSync(path, [overlay.import ?? []].flat().reduce(withImport, edit(text, overlay)));
}

function replaced(text, { file, replace, by }) {
  if (!text.includes(replace)) {
    throw new SetupError(`overlay for ${file}: nothing to replace, drop the overlay`);
  }
  return text.replaceAll(replace, by);
}

function appended(text, { append }) {
  return text + append;
}

function inserted(text, { file, message, oneof, insert }) {
  const lines = text.split('\n');
  const path = message.split('.').map((name) => `message ${name} {`);
  if (oneof !== undefined) path.push(`oneof ${oneof} {`);
  let from = 0;
  let indent = '';
  for (const opening of path) {
    from = lines.indexOf(indent + opening, from);
    if (from < 0) throw new SetupError(`overlay for ${file}: no ${opening} where ${message} should be`);
    indent += '  ';
  }
  const end = lines.indexOf(`${indent.slice(2)}}`, from);
  lines.splice(end, 0, ...insert.trim().split('\n').map((line) => indent + line.trim()));
  return lines.join('\n');
}

function withImport(text, name) {
  return text.includes(`import "${name}";`)
    ? text
    : text.replace('\nimport ', `\nimport "${name}";\nimport `);
}

async function runBuf(work) {
  writeFileSync(join(work, 'protos/buf.yaml'), 'version: v2\n');
  writeFileSync(
    join(work, 'buf.gen.yaml'),
    JSON.stringify({
      version: 'v2',
      plugins: [{
        local: [join(modules, '.bin/node'), join(modules, '@bufbuild/protoc-gen-es/bin/protoc-gen-es')],
        out: join(work, 'out'),
        include_imports: true,
        // One plugin process for all, not one for each directory.
        strategy: 'all',
        opt: ['target=ts', 'import_extension=ts', 'erasable_syntax=true', 'json_types=true'],
      }],
    }),
  );
  const paths = [...FILES, ...XDS_FILES].flatMap((file) => ['--path', join(work, 'protos', file)]);
  const args = [
    join(modules, '@bufbuild/buf/bin/buf'),
    'generate',
    join(work, 'protos'),
    '--template',
    join(work, 'buf.gen.yaml'),
    ...paths,
  ];
  const { code, output, error } = await capture(join(modules, '.bin/node'), args, {
    // buf caches nothing we want kept, and the home directory may be read-only.
    env: { ...process.env, BUF_CACHE_DIR: join(work, 'cache') },
  });
  if (code === null) throw new SetupError(`buf could not be started: ${error.message}`);
  if (code !== 0) throw new SetupError(`buf generate failed:\n${output}`);
}

/** Shell-like braces: `a/{b,c}` is `a/b` and `a/c`. */
function expand(pattern) {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/.exec(pattern);
  if (match === null) return [pattern];
  return match[2].split(',').flatMap((choice) => expand(match[1] + choice + match[3]));
}
