from __future__ import annotations

import pytest
from workspace_trees import Tree, found, skipped

from codetriever_lsp.workspace.exclusions import fixed_reason, reason


def of_file(name: str) -> str | None:
    return fixed_reason(name, False) or reason("", name, False, lambda _: False)


def of_folder(name: str, *there: str, parent: str = "") -> str | None:
    return fixed_reason(name, True) or reason(parent, name, True, set(there).__contains__)


LEFT_OUT = {
    "secret": """.env .env.local .env.production .env-prod prod.env .envrc id_rsa id_ed25519 server.pem tls.key app.p12 .npmrc
        .netrc .pgpass credentials credentials.json secrets.yaml SECRETS.YML terraform.tfvars x.tfstate
        .htpasswd ID_RSA store.jks""",
    "lock file": """package-lock.json yarn.lock pnpm-lock.yaml uv.lock Cargo.lock go.sum poetry.lock Gemfile.lock composer.lock
        Pipfile.lock flake.lock Package.resolved""",
    "generated": """jquery.min.js style.min.css app.js.map api.pb.go api.pb.cc api_pb2.py api_pb2_grpc.py api_pb2.pyi a.g.dart
        app.log Form.Designer.cs model.freezed.dart zz_generated.deepcopy.go jquery-min.js x.g.i.cs""",
    "binary": """a.png A.JPG lib.so libz.so.1.2.3 x.o a.tar.gz model.onnx w.safetensors font.woff2 app.exe x.pyc x.class
        a.sqlite3 a.pdf""",
    "temporary": "a.py~ .a.py.swp #a.py# a.orig x.rej",
    "image": "logo.svg",
    "version control": ".git",
}


@pytest.mark.parametrize("expected", LEFT_OUT)
def test_files_that_are_left_out(expected: str) -> None:
    names = LEFT_OUT[expected].split()
    assert {name: of_file(name) for name in names} == dict.fromkeys(names, expected)


@pytest.mark.parametrize(
    "name",
    """main.py secrets.py credentials.py env.py environment.ts .env.example .env.sample example.env .env.template
        environ keys.rs key.go monkey.js lock.go go.mod Cargo.toml package.json Makefile Dockerfile .gitignore
        .editorconfig README a.ts a.tsx a.d.ts token.c map.c heap.map.h min.js designer.cs pb.go x.proto
        data.csv notebook.ipynb a.m a.d a.pro log.py logger.go admin.js pb2.py style.css CMakeLists.txt
        .dockerignore terraform.tfvars.example snapshot.ts so.py mainmin.js license.txt""".split(),
)
def test_files_that_are_source(name: str) -> None:
    assert of_file(name) is None


@pytest.mark.parametrize(
    ("expected", "names"),
    [
        (
            "dependency",
            "node_modules .venv site-packages Pods bower_components .yarn .terraform x.dist-info",
        ),
        ("cache", "__pycache__ .tox .mypy_cache .gradle .idea .pytest_cache"),
        ("version control", ".git .hg .svn CVS"),
        ("secret", ".ssh .gnupg"),
        ("build output", ".next htmlcov DerivedData"),
    ],
)
def test_folders_that_are_left_out(expected: str, names: str) -> None:
    assert {name: of_folder(name) for name in names.split()} == dict.fromkeys(
        names.split(), expected
    )


@pytest.mark.parametrize(
    "name",
    """src lib libs bin out packages vendor build dist env venv virtualenv target obj deps _build coverage third_party
        external include test tests docs examples scripts tools .github .vscode .cargo .config .circleci
        .storybook internal pkg cmd app core cache log logs tmp temp data models release debug public static
        generated gen secrets credentials keys assets""".split(),
)
def test_folders_that_hold_sources_without_evidence(name: str) -> None:
    assert of_folder(name) is None


@pytest.mark.parametrize(
    ("name", "evidence", "expected"),
    [
        ("venv", "venv/pyvenv.cfg", "dependency"),
        ("my-environment", "my-environment/pyvenv.cfg", "dependency"),
        ("env", "env/bin/activate", "dependency"),
        ("miniconda", "miniconda/conda-meta", "dependency"),
        ("vendor", "vendor/modules.txt", "dependency"),
        ("vendor", "vendor/autoload.php", "dependency"),
        ("deps", "mix.exs", "dependency"),
        ("target", "Cargo.toml", "build output"),
        ("target", "pom.xml", "build output"),
        ("dist", "package.json", "build output"),
        ("build", "build/build.ninja", "build output"),
        ("out", "out/CMakeCache.txt", "build output"),
        ("whatever", "whatever/CACHEDIR.TAG", "cache"),
        ("obj", "obj/project.assets.json", "build output"),
        ("coverage", "coverage/lcov.info", "build output"),
    ],
)
def test_folders_that_are_left_out_on_evidence(name: str, evidence: str, expected: str) -> None:
    assert of_folder(name, evidence) == expected
    assert of_folder(name) is None


def test_vendored_below_vendor_only() -> None:
    assert of_folder("bundle", parent="vendor") == "dependency"
    assert of_folder("bundle", parent="src") is None
    assert of_folder("serde", "serde/.cargo-checksum.json", parent="vendor") == "dependency"


def test_a_build_in_the_source_folder_does_not_hide_the_sources() -> None:
    assert of_folder("app", "app/CMakeCache.txt", "app/CMakeLists.txt") is None


def test_real_layouts_are_indexed_whole(tree: Tree) -> None:
    names = [
        "packages/zod/src/index.ts", "packages/zod/package.json", "src/unix/core.c", "src/uv-common.h", "lib/request.js",
        "bin/cli.js", "build/webpack.config.js", "package.json", "vendor/tinycolor/color.go", "env/production.py",
        "target/arm/translate.c", "Lib/venv/__init__.py", "coverage/control.py", "out/format.c",
        "tools/bin/run.sh", "dist.ini", "third_party/a/b.cc",
    ]  # fmt: skip
    assert found(tree(None, *names)) == sorted(names, key=lambda name: name.split("/"))


def test_evidence_on_disk(tree: Tree) -> None:
    root = tree(
        None,
        "venv/pyvenv.cfg",
        "venv/lib/x.py",
        "crate/Cargo.toml",
        "crate/target/x.rs",
        "crate/src/lib.rs",
        "target/x.rs",
    )
    assert found(root) == ["crate/Cargo.toml", "crate/src/lib.rs", "target/x.rs"]
    assert skipped(root) == {"crate/target": "build output", "venv": "dependency"}
