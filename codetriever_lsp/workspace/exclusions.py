"""What is never source code worth finding, by names alone: each question costs a few look-ups in
sets, whatever the workspace.

A folder is excluded by its name only if nothing else goes by that name. Names that also hold real
sources (`build`, `dist`, `vendor`, `venv`, `coverage`, …) need evidence inside or beside them;
`lib`, `bin`, `out`, `packages` never count.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["MARKERS", "fixed_reason", "reason"]

VCS = "version control"
SECRET = "secret"  # noqa: S105 - the name of a reason
DEPENDENCY = "dependency"
BUILD = "build output"
CACHE = "cache"
LOCK = "lock file"
GENERATED = "generated"
TEMPORARY = "temporary"
BINARY = "binary"

Has = Callable[[str], bool]
"""Tells if a path, relative to the folder that holds the name in question, exists."""


def fixed_reason(name: str, is_dir: bool) -> str | None:
    """Why `name` is left out whatever any file or setting says: version control, or a secret."""
    if name in _VCS:
        return VCS
    lower = name.lower()
    if is_dir:
        return SECRET if lower in _SECRET_FOLDERS else None
    return SECRET if _is_secret(lower) else None


def reason(parent: str, name: str, is_dir: bool, has: Has) -> str | None:
    """Why `name`, in a folder called `parent`, is left out unless `.codetrieverignore` takes it
    back; None: index it.
    """
    return _folder_reason(parent, name, has) if is_dir else _file_reason(name.lower())


def _folder_reason(parent: str, name: str, has: Has) -> str | None:
    found = _FOLDERS.get(name) or _FOLDER_EXTENSIONS.get(
        name[name.rfind(".") :] if "." in name else ""
    )
    if found:
        return found
    for evidence in _EVIDENCE.get(name, ()):
        if evidence.holds(name, has):
            return evidence.reason
    if parent == "vendor" and (name == "bundle" or has(f"{name}/.cargo-checksum.json")):
        return DEPENDENCY
    for marker, why in MARKERS.items():
        if has(f"{name}/{marker}") and not (
            marker == "CMakeCache.txt" and has(f"{name}/CMakeLists.txt")
        ):
            return why
    return None


def _file_reason(name: str) -> str | None:
    """`name` in lower case."""
    if name in _LOCK_FILES:
        return LOCK
    if name.endswith("~") or (name.startswith("#") and name.endswith("#")):
        return TEMPORARY
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return None
    found = _EXTENSIONS.get(extension)
    if found:
        return found
    inner = stem[stem.rfind(".") + 1 :] if "." in stem else ""
    if inner and f"{inner}.{extension}" in _GENERATED_PAIRS:
        return GENERATED
    if extension.isdigit() and ".so." in name:
        return BINARY
    if stem.endswith(_GENERATED_STEMS.get(extension, _NONE)) or (
        extension == "go" and stem.startswith("zz_generated.")
    ):
        return GENERATED
    return None


def _is_secret(name: str) -> bool:
    """`name` in lower case."""
    if name in _SECRET_FILES:
        return True
    words = name.replace("-", ".").replace("_", ".").split(".")
    if not _EXAMPLES.isdisjoint(words):
        return False
    if name.startswith(".env") and (len(name) == 4 or name[4] in "._-"):
        return True
    return words[-1] in _SECRET_EXTENSIONS and "." in name


class _Evidence:
    """A folder of an ambiguous name is `reason` if one of `inside` exists in it or one of `beside`
    next to it.
    """

    __slots__ = ("beside", "inside", "reason")

    def __init__(self, reason: str, *, inside: str = "", beside: str = "") -> None:
        self.reason = reason
        self.inside = inside.split()
        self.beside = beside.split()

    def holds(self, name: str, has: Has) -> bool:
        return any(has(found) for found in self.beside) or any(
            has(f"{name}/{found}") for found in self.inside
        )


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_NONE: tuple[str, ...] = ("\0",)

_VCS = _set(".git .hg .svn .bzr .jj .sl .pijul CVS _darcs")

MARKERS: dict[str, str] = {
    "pyvenv.cfg": DEPENDENCY,
    "conda-meta": DEPENDENCY,
    "CACHEDIR.TAG": CACHE,
    "CMakeCache.txt": BUILD,
}
"""What, inside a folder of any name, says what the folder is (https://bford.info/cachedir/ for
CACHEDIR.TAG)."""

_FOLDERS: dict[str, str] = {
    **dict.fromkeys(
        _set("""node_modules bower_components jspm_packages web_modules site-packages dist-packages .venv .virtualenv
        __pypackages__ .eggs Pods .bundle .pub-cache .yarn .pnpm-store elm-stuff .spago .terraform .terragrunt-cache
        .stack-work .cabal-sandbox .luarocks _opam .conda .pixi .direnv .lake .m2 .nuget"""),
        DEPENDENCY,
    ),
    **dict.fromkeys(
        _set("""dist-newstyle .next .nuxt .output .svelte-kit .vercel .netlify .serverless .aws-sam .docusaurus .expo
        DerivedData xcuserdata .cxx .externalNativeBuild zig-cache .zig-cache zig-out htmlcov .nyc_output"""),
        BUILD,
    ),
    **dict.fromkeys(
        _set("""__pycache__ .tox .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .pytype .import_linter_cache
        .ipynb_checkpoints .cache .gradle .kotlin .parcel-cache .turbo .nx .angular .dart_tool .metals .bloop .bsp
        .ccls-cache .sass-cache .elixir_ls .idea .vs .fleet .history .Rproj.user __MACOSX .Trash $RECYCLE.BIN
        .Spotlight-V100 .fseventsd"""),
        CACHE,
    ),
}

_FOLDER_EXTENSIONS: dict[str, str] = {
    ".egg-info": GENERATED,
    ".dist-info": DEPENDENCY,
    ".framework": DEPENDENCY,
    ".xcframework": DEPENDENCY,
    ".xcassets": BINARY,
    ".dSYM": BUILD,
}

_EVIDENCE: dict[str, tuple[_Evidence, ...]] = {
    **dict.fromkeys(
        ("venv", "env", "ENV", "virtualenv"),
        (_Evidence(DEPENDENCY, inside="bin/activate Scripts/activate.bat"),),
    ),
    "renv": (_Evidence(DEPENDENCY, inside="activate.R"),),
    "Carthage": (_Evidence(DEPENDENCY, inside="Build Checkouts", beside="Cartfile"),),
    "vendor": (_Evidence(DEPENDENCY, inside="modules.txt autoload.php"),),
    "deps": (_Evidence(DEPENDENCY, beside="mix.exs"),),
    "target": (
        _Evidence(
            BUILD, beside="Cargo.toml pom.xml build.sbt project.clj deps.edn build.properties"
        ),
    ),
    "_build": (_Evidence(BUILD, beside="mix.exs dune-project rebar.config conf.py"),),
    "dist": (_Evidence(BUILD, beside="package.json pyproject.toml setup.py setup.cfg"),),
    "obj": (_Evidence(BUILD, inside="project.assets.json"),),
    "build": (
        _Evidence(
            BUILD,
            inside="build.ninja CMakeFiles meson-private asset-manifest.json intermediates tmp/compileJava",
        ),
    ),
    "coverage": (_Evidence(BUILD, inside="lcov.info lcov-report coverage-final.json clover.xml"),),
}

_SECRET_FOLDERS = _set(".ssh .gnupg .password-store .kube .env")

_SECRET_FILES = _set(
    """.envrc .npmrc .netrc _netrc .pgpass .my.cnf .pypirc .htpasswd .dockercfg .git-credentials .s3cfg .boto .vault-token
    .dev.vars .renviron .secrets kubeconfig id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_ed25519_sk credentials
    credentials.json credentials.yaml credentials.yml credentials.toml credentials.xml credentials.csv secrets.json
    secrets.yaml secrets.yml secrets.toml service-account.json service_account.json serviceaccount.json client_secret.json
    local.settings.json .bash_history .zsh_history .python_history .psql_history .mysql_history .node_repl_history"""
)

_SECRET_EXTENSIONS = _set(
    "env pem key p8 p12 pfx jks keystore ppk kdbx gpg pgp ovpn keychain agekey tfvars tfstate htpasswd mobileprovision"
)

_EXAMPLES = _set("example examples sample template tmpl dist defaults schema")
"""A word that says that a file shows the form of a secret, not one: `.env.example`,
`sample.env`."""

_LOCK_FILES = _set(
    """package-lock.json .package-lock.json npm-shrinkwrap.json shrinkwrap.yaml yarn.lock pnpm-lock.yaml bun.lock bun.lockb
    deno.lock uv.lock poetry.lock pdm.lock pipfile.lock conda-lock.yml pixi.lock pylock.toml cargo.lock go.sum go.work.sum
    gemfile.lock composer.lock symfony.lock podfile.lock cartfile.resolved package.resolved mix.lock rebar.lock pubspec.lock
    flake.lock gradle.lockfile buildscript-gradle.lockfile packages.lock.json project.assets.json paket.lock stack.yaml.lock
    cabal.project.freeze .terraform.lock.hcl module.bazel.lock chart.lock berksfile.lock dub.selections.json renv.lock
    lake-manifest.json conan.lock .pnp.cjs .pnp.loader.mjs"""
)

_GENERATED_PAIRS = _set(
    """min.js min.mjs min.cjs min.css bundle.js bundle.css chunk.js chunk.css js.map css.map pb.go pb.cc pb.h pb.swift pb.dart
    pbjson.dart pbenum.dart pbserver.dart pbgrpc.dart pbobjc.h pbobjc.m designer.cs designer.vb g.cs generated.cs g.dart
    freezed.dart gr.dart gen.go gen.ts generated.ts generated.go generated.js ngfactory.js ngfactory.ts tfstate.backup"""
)
"""The last two extensions of files that a program wrote."""

_GENERATED_STEMS: dict[str, tuple[str, ...]] = {
    "py": ("_pb2", "_pb2_grpc"),
    "pyi": ("_pb2", "_pb2_grpc"),
    "rb": ("_pb", "_services_pb"),
    "js": ("_pb", "_grpc_pb", "-min"),
    "ts": ("_pb", "_pb.d"),
    "go": (".pb.gw",),
    "cs": (".g.i",),
    "css": ("-min",),
}
"""By extension, how the name before it ends where a program wrote the file."""

_BINARY_EXTENSIONS = _set(
    """png jpg jpeg jpe gif bmp ico icns tif tiff webp avif heic heif jxl xcf psd ai cr2 nef dng tga dds exr ktx pcx cur ani
    svgz sketch fig xd blend fbx glb stl 3ds max uasset umap unitypackage
    mp3 mp4 m4a m4v mov avi mkv webm wav flac ogg oga ogv opus aac aiff mid midi wma wmv flv mpg mpeg 3gp
    ttf otf woff woff2 eot ttc pfb
    pdf doc docx docm xls xlsx xlsm xlsb ppt pptx odt ods odp odg epub mobi djvu
    zip tar gz tgz bz2 tbz tbz2 xz txz zst tzst lz4 lzma br 7z rar cab cpio z ar
    jar war ear aar class dex apk aab ipa whl egg gem crate nupkg snupkg vsix crx xpi deb rpm pkg dmg iso img msi appimage
    o a so dylib obj lib dll exe sys com pdb ilk idb ncb suo pyc pyo pyd wasm bc rlib rmeta hi dyn_hi dyn_o
    cmi cmo cmx cma cmxa cmxs cmt cmti beam elc eln zwc luac fasl gch pch nib car swiftmodule swiftdoc tasty
    bin elf hex uf2 rom nes gb gba swf
    db db3 sqlite sqlite3 mdb accdb ldb frm myd myi rdb lmdb
    npy npz mat h5 hdf5 parquet feather arrow avro orc pkl pickle joblib rds rda rdata sav dta
    onnx safetensors gguf ggml ckpt pth tflite mlmodel caffemodel pb tfrecord tfrecords weights
    mo gmo qm res resources crt cer der p7b p7s csr crl jceks sig asc gpgsig"""
)

_EXTENSIONS: dict[str, str] = {
    **dict.fromkeys(_BINARY_EXTENSIONS, BINARY),
    "svg": "image",
    "map": GENERATED,
    "snap": GENERATED,
    "tsbuildinfo": GENERATED,
    "log": GENERATED,
    **dict.fromkeys(_set("swp swo swn bak orig rej tmp part crdownload"), TEMPORARY),
}
