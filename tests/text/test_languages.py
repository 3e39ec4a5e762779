"""Detection of languages: names, extensions, interpreters, shared extensions."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter_language_pack import SupportedLanguage

from codetriever_lsp.text.language_rules import SHARED
from codetriever_lsp.text.language_table import TABLE
from codetriever_lsp.text.languages import LANGUAGES, Language, detect

REQUIRED = (
    "python javascript typescript tsx java c cpp csharp go rust ruby php swift kotlin scala lua elixir haskell zig bash dart r "
    "julia perl ocaml clojure erlang objc sql hcl proto graphql css html vue markdown"
).split()

NO_FILES_OF_THEIR_OWN = {
    "comment",
    "doxygen",
    "gstlaunch",
    "jsdoc",
    "luadoc",
    "luap",
    "markdown_inline",
    "printf",
    "test",
}
"""Grammars for what is inside other files, or whose files cannot be told by name."""

BY_NAME = """
python        a/b/app.py  version.py.in  stubs.pyi  SConstruct  tool.gyp
javascript    index.js  app.mjs  lib.cjs  view.jsx
typescript    a.ts  a.d.ts  a.mts  a.test.ts
tsx           App.tsx
java          src/Main.java
c             main.c  util.h  config.h.in
cpp           a.cc  a.CPP  a.hpp  a.C  a.H  a.inl
csharp        Program.cs  Query.Async.cs
go            main.go
gomod         go.mod
gosum         go.sum
rust          lib.rs
ruby          a.rb  Rakefile  Gemfile  x.gemspec  config.ru  Vagrantfile
php           index.php  page.phtml
blade         welcome.blade.php
swift         A.swift
kotlin        A.kt  build.gradle.kts
scala         A.scala  build.sbt
lua           init.lua
elixir        a.ex  a_test.exs
heex          page.html.heex  page.html.eex
haskell       Main.hs
zig           build.zig  build.zig.zon
bash          run.sh  .bashrc  .zshrc  test.bats  PKGBUILD  .env  .env.local
dart          main.dart
r             a.R  a.r  .Rprofile
julia         a.jl
perl          A.pm  a.pl  cpanfile
ocaml         a.ml  a.mli
clojure       a.clj  a.cljs  deps.edn
erlang        a.erl  rebar.config
objc          A.m  A.mm
sql           schema.sql
hcl           main.tf  vars.tfvars  job.nomad  .terraform.lock.hcl
proto         api.proto
graphql       schema.graphql  a.gql
css           a.css
scss          a.scss
html          index.html  a.htm  page.liquid
vue           App.vue
svelte        App.svelte
markdown      README.md  a.mdx  readme.markdown
yaml          a.yml  .clang-format
toml          pyproject.toml  Cargo.lock
json          package.json  .eslintrc  .eslintrc.json  tsconfig.jsonc  composer.lock
dockerfile    Dockerfile  Dockerfile.dev  api.Dockerfile
make          Makefile  GNUmakefile  rules.mk  Makefile.am  Makefile.linux
cmake         CMakeLists.txt  FindX.cmake
starlark      BUILD  BUILD.bazel  defs.bzl  WORKSPACE
groovy        Jenkinsfile  build.gradle
gitignore     .gitignore  .codetrieverignore
requirements  requirements.txt
ini           setup.cfg  .editorconfig  a.ini
xml           pom.xml  a.svg  App.csproj
rst           docs/index.rst
fsharp        a.fs  a.fsi
text          LICENSE  notes.txt  CHANGELOG  LICENSE-MIT  Foo.Shipped.txt  unknown.zzz  noextension  .hidden
"""

BY_SHEBANG = {
    "#!/bin/sh": "bash",
    "#!/usr/bin/env bash": "bash",
    "#!/usr/bin/env python3.11": "python",
    "#! /usr/local/bin/python2.7 -u": "python",
    "#!/usr/bin/env -S node --harmony": "javascript",
    "#!/usr/bin/env -S PATH=/x:/y deno run": "typescript",
    "#!/usr/bin/perl -w": "perl",
    "#!/usr/bin/env Rscript": "r",
    "#!/usr/bin/lua5.4": "lua",
    "#!/usr/bin/env ruby\r": "ruby",
    "#!/usr/bin/env bats": "bash",
    "#!/usr/bin/awk -f": "awk",
    "#!": "text",
    "#!/usr/bin/env": "text",
    "#!/opt/own/thing": "text",
}

BY_CONTENT = [
    ("a.h", "#include <stdio.h>\nint f(void);\n", "c"),
    ("a.h", "#pragma once\n#include <vector>\nnamespace x { class A; }\n", "cpp"),
    ("a.h", "template <typename T>\nT f(T);\n", "cpp"),
    ("a.h", "#import <Foundation/Foundation.h>\n@interface A : NSObject\n@end\n", "objc"),
    ("a.h", "#include <string.h>\n/* a class of its own */\nstruct a { int b; };\n", "c"),
    ("a.m", "@implementation A\n@end\n", "objc"),
    ("a.m", "function y = f(x)\n% doubles\ny = 2 * x;\nend\n", "matlab"),
    ("a.pl", "use strict;\nmy $x = 1;\n", "perl"),
    ("a.pl", ":- module(a, [b/1]).\nb(X) :- c(X).\n", "prolog"),
    ("a.t", "use Test::More;\n", "perl"),
    ("a.v", "module top(input clk);\nendmodule\n", "verilog"),
    ("a.v", "module main\n\nfn main() {\n}\n", "v"),
    ("a.ts", "export const a = 1\n", "typescript"),
    ("a.ts", '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS version="2.1">\n', "xml"),
    ("a.inc", "<?php echo 1;", "php"),
    ("a.inc", "#define X 1\n", "c"),
    ("a.d", "main.o: main.c \\\n util.h\n", "make"),
    ("a.d", "module a;\nvoid main() {}\n", "d"),
    ("a.fs", "module A\nlet x = 1\n", "fsharp"),
    ("a.fs", "#version 330\nvoid main() {}\n", "glsl"),
    ("a.cls", "\\NeedsTeXFormat{LaTeX2e}\n", "latex"),
    ("a.cls", "public class A {\n}\n", "apex"),
    ("a.scm", "(function_definition\n  name: (identifier) @name)\n", "query"),
    ("a.scm", "(define (f x) x)\n", "scheme"),
    ("noextension", "<?php echo 1;", "php"),
    ("noextension", "<!DOCTYPE html>\n<html>", "html"),
    ("noextension", "# -*- mode: ruby -*-\n", "ruby"),
    ("noextension", "// -*- C++ -*-\n", "cpp"),
    ("noextension", "# vim: set ft=python:\n", "python"),
]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        (path, language)
        for language, *paths in map(str.split, BY_NAME.split("\n")[1:-1])
        for path in paths
    ],
)
def test_by_name(path: str, language: str) -> None:
    assert detect(path).name == language


@pytest.mark.parametrize(("line", "language"), BY_SHEBANG.items())
def test_by_interpreter(line: str, language: str) -> None:
    assert detect("bin/tool", line.encode() + b"\nrest\n").name == language


@pytest.mark.parametrize(("path", "head", "language"), BY_CONTENT)
def test_by_content(path: str, head: str, language: str) -> None:
    assert detect(path, head.encode()).name == language


def test_the_folder_does_not_count() -> None:
    assert detect("src.py/noextension").name == "text"
    assert detect("Makefile/notes.rs").name == "rust"


def test_all_required_languages_have_a_grammar() -> None:
    grammars = set(typing.get_args(SupportedLanguage))
    assert all(LANGUAGES[name] == Language(name, name) for name in REQUIRED)
    assert {language.grammar for language in LANGUAGES.values()} - {""} <= grammars
    assert grammars - {language.grammar for language in LANGUAGES.values()} == NO_FILES_OF_THEIR_OWN


def test_every_language_that_a_rule_names_exists() -> None:
    assert set(SHARED) <= {extension for row in TABLE for extension in row.extensions.split()}
    assert {language for rule in SHARED.values() for language, _ in rule} <= set(LANGUAGES)
    assert len({row.name for row in TABLE}) == len(TABLE)


@given(st.text(max_size=30), st.binary(max_size=300))
def test_never_raises(name: str, head: bytes) -> None:
    assert detect(name, head).name in {language.name for language in LANGUAGES.values()}


@given(st.sampled_from(sorted(SHARED)), st.binary(max_size=300))
def test_rules_never_raise(extension: str, head: bytes) -> None:
    assert detect(f"a.{extension}", head).name in LANGUAGES
