import gzip
import io
import tarfile

import pytest

from training.archives import sources
from training.pairs import examples_of, read_examples, write_package
from training.registries import Package

SOURCE = '''"""Reading of settings."""


class Store:
    """Keeps settings between two runs of a program."""

    def load_all(self, folder):
        """Reads every settings file below a folder. Later files win over the earlier ones."""
        if not folder:
            raise ValueError(f"there is no such folder called {folder}")
        # files that cannot be read are left for the next time
        return [line for line in folder if line.strip() and not line.startswith("#")]
'''


@pytest.fixture
def archive(tmp_path):
    files = {
        "package/app/store.py": SOURCE,
        "package/contrib/copy.py": SOURCE,
        "package/app/other.py": "# GNU General Public License\n" + SOURCE,
        "package/readme.md": "# Not code\n" * 40,
    }
    with tarfile.open(tmp_path / "one-1.0.tgz", "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return tmp_path / "one-1.0.tgz"


def test_only_sources_of_the_package_itself_are_read(archive):
    assert [path for path, _ in sources(archive)] == ["app/store.py"]


def test_queries_and_what_hides_them(archive):
    found = {
        query.kind: (example, query)
        for example in examples_of("npm/one", archive)
        for query in example.queries
    }
    expected = {
        "doc": "Reads every settings file below a folder",
        "detail": "Later files win over the earlier ones",
        "inner": "files that cannot be read are left for the next time",
        "name": "store load all",
    }
    assert {kind: found[kind][1].text for kind in expected} == expected
    assert found["error"][1].text.startswith("there is no such folder called ")
    example, query = found["inner"]
    assert [example.text[start:end].strip() for start, end in query.hide] == [
        "# files that cannot be read are left for the next time"
    ]
    assert (example.language, example.path) == ("python", "app store")


def test_what_is_written_is_read_back_and_is_the_same_each_time(archive, tmp_path):
    package = Package("npm", "one", "1.0", "", "MIT")
    counts = write_package(package, archive, tmp_path / "a.gz")
    write_package(package, archive, tmp_path / "b.gz")
    first, second = (gzip.decompress((tmp_path / name).read_bytes()) for name in ("a.gz", "b.gz"))
    assert first == second
    back = list(read_examples(tmp_path / "a.gz"))
    assert sum(len(example.queries) for example in back) == counts["python"] > 3
    assert counts["kind:error"] == 1
