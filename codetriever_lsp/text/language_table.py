"""Which file names, extensions and interpreters belong to which language: data, read by
`languages`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CASED_EXTENSIONS", "TABLE", "Row"]


class Row(NamedTuple):
    """One language. All fields but `name` are words separated by spaces.

    `extensions` are without their first dot and in lower case, may have a dot inside ("blade.php"),
    and belong to the first row that lists them. `names` are whole file names in lower case; a name
    that ends with a dot stands for every file name that begins so ("dockerfile." for
    `Dockerfile.dev`). `programs` are interpreters without their version.
    """

    name: str
    extensions: str = ""
    names: str = ""
    programs: str = ""
    grammar: str | None = None
    """The grammar where it is not called like the language; "" if the language pack has none."""


CASED_EXTENSIONS = {"C": "cpp", "H": "cpp", "M": "objc", "PL": "perl"}
"""Extensions that mean something else, or something more certain, in upper case."""

_CORE = (
    Row(
        "python",
        "py pyi pyw pyx pxd pxi bzlmod gyp gypi wsgi rpy",
        "sconstruct sconscript wscript .pythonrc",
        "python pypy uv pythonw jython",
    ),
    Row("javascript", "js mjs cjs jsx es6 jsm", "jakefile", "node nodejs bun qjs"),
    Row("typescript", "ts mts cts", "", "deno ts-node"),
    Row("tsx", "tsx", "", "tsx"),
    Row("java", "java jav", "", "jshell java"),
    Row("c", "c h inc idc xbm", "", "tcc"),
    Row("cpp", "cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp txx tcc ixx cppm ccm cxxm cppx"),
    Row("csharp", "cs csx cake", "", "dotnet-script"),
    Row("go", "go", "", "gorun"),
    Row("rust", "rs", "", "rust-script cargo"),
    Row(
        "ruby",
        "rb rbw rake gemspec podspec ru jbuilder builder thor rabl rbi rbs arb",
        "rakefile gemfile guardfile capfile vagrantfile podfile fastfile appfile matchfile brewfile berksfile cheffile "
        "dangerfile thorfile deliverfile snapfile buildfile puppetfile steepfile .irbrc .pryrc .simplecov",
        "ruby jruby rbx macruby rake",
    ),
    Row(
        "php",
        "php php3 php4 php5 php7 php8 phps phtml phpt ctp module",
        ".php_cs .php_cs.dist",
        "php",
    ),
    Row("swift", "swift swiftinterface", "", "swift"),
    Row("kotlin", "kt kts ktm", "", "kotlin kotlinc"),
    Row("scala", "scala sc sbt mill kojo", "", "scala scala-cli amm"),
    Row("lua", "lua nse rockspec wlua p8 pd_lua", ".luacheckrc .busted", "lua luajit nvim"),
    Row("elixir", "ex exs", "mix.lock", "elixir iex mix"),
    Row("haskell", "hs lhs hsc hs-boot hsig", ".ghci", "runhaskell runghc stack cabal"),
    Row("zig", "zig zon", "", "zig"),
    Row(
        "bash",
        "sh bash zsh ksh bats ash dash command ebuild eclass bash_completion zsh-theme",
        ".bashrc .bash_profile .bash_aliases .bash_logout .bash_login .profile .zshrc .zshenv .zprofile .zlogin .zlogout "
        ".kshrc .envrc pkgbuild apkbuild .xinitrc .xsession bash_completion gradlew configure.sh .env .flaskenv .env.",
        "sh bash zsh ksh dash ash bats mksh rbash pdksh",
    ),
    Row("dart", "dart", "", "dart"),
    Row("r", "r rsx rd", ".rprofile rprofile", "rscript r littler"),
    Row("julia", "jl", "", "julia"),
    Row(
        "perl",
        "pl pm t pod psgi perl ph plx al cgi",
        "makefile.pl build.pl cpanfile rexfile ack .latexmkrc latexmkrc",
        "perl plackup",
    ),
    Row("ocaml", "ml eliom mll mly ml4 mlt", ".ocamlinit", "ocaml ocamlrun utop"),
    Row("ocaml_interface", "mli eliomi"),
    Row(
        "clojure",
        "clj cljs cljc cljd edn bb boot hl cl2 cljx",
        "build.boot riemann.config",
        "clojure clj bb lumo planck",
    ),
    Row(
        "erlang",
        "erl hrl escript xrl yrl app.src",
        "rebar.config rebar.config.lock rebar.lock emakefile",
        "escript erl",
    ),
    Row("objc", "m mm", "", ""),
    Row(
        "sql",
        "sql ddl dml psql pgsql mysql plsql pls pks pkb tsql hql cql prc viw sqlite",
        ".psqlrc .sqliterc",
    ),
    Row(
        "hcl",
        "hcl tf tfvars nomad workflow tofu pkr.hcl tfbackend",
        ".terraformrc terraform.rc .terraform.lock.hcl",
    ),
    Row("proto", "proto protodevel"),
    Row("graphql", "graphql gql graphqls"),
    Row("css", "css pcss postcss wxss"),
    Row(
        "html",
        "html htm xhtml shtml xht wxml hta jsp mustache hbs handlebars njk jinja jinja2 j2 liquid cshtml razor",
    ),
    Row("vue", "vue"),
    Row(
        "markdown",
        "md markdown mdown mkd mkdn mdwn mdx livemd ronn rmd qmd mdc workbook",
        "contents.lr",
    ),
)

_OTHER = (
    Row("actionscript", "as"),
    Row("ada", "adb ads ada"),
    Row("agda", "agda lagda"),
    Row("apex", "apex trigger apxc apxt"),
    Row("arduino", "ino pde"),
    Row("asm", "s asm nasm a51 sx"),
    Row("astro", "astro"),
    Row("beancount", "beancount bean"),
    Row("bibtex", "bib bibtex"),
    Row("bicep", "bicep bicepparam"),
    Row("bitbake", "bb bbappend bbclass"),
    Row("bsl", "bsl os"),
    Row("cairo", "cairo"),
    Row("capnp", "capnp"),
    Row("chatito", "chatito"),
    Row("clarity", "clar"),
    Row("cmake", "cmake", "cmakelists.txt cmakecache.txt"),
    Row("cobol", "cob cbl cobol cpy ccp"),
    Row("commonlisp", "lisp lsp cl asd ny sexp podsl", ".sbclrc .clisprc", "sbcl clisp ecl ccl"),
    Row("cpon", "cpon"),
    Row("csv", "csv"),
    Row("cuda", "cu cuh"),
    Row("d", "d di", "", "rdmd dmd"),
    Row(
        "dockerfile",
        "dockerfile containerfile",
        "dockerfile containerfile dockerfile. containerfile.",
    ),
    Row("dtd", "dtd ent"),
    Row("elisp", "el emacs", ".emacs _emacs .spacemacs .gnus cask eask", "emacs"),
    Row("elm", "elm"),
    Row("embeddedtemplate", "erb rhtml ejs eex leex ect ecr jst html.erb"),
    Row("fennel", "fnl fnlm", "", "fennel"),
    Row("firrtl", "fir"),
    Row("fish", "fish", "", "fish"),
    Row("fortran", "f90 f95 f03 f08 f18 f f77 for ftn fpp"),
    Row("fsharp", "fs fsx fsscript", "", "fsharpi fsi"),
    Row("fsharp_signature", "fsi"),
    Row("func", "fc func"),
    Row("gdscript", "gd"),
    Row("gitattributes", "gitattributes", ".gitattributes"),
    Row("gitcommit", "", "commit_editmsg merge_msg tag_editmsg"),
    Row(
        "gitignore",
        "gitignore",
        ".gitignore .dockerignore .npmignore .eslintignore .prettierignore .stylelintignore .hgignore .helmignore "
        ".vscodeignore .gcloudignore .slugignore .vercelignore .nowignore .rgignore .ignore .fdignore .codetrieverignore "
        ".cursorignore .bzrignore .cvsignore",
    ),
    Row("gleam", "gleam"),
    Row(
        "glsl",
        "glsl vert frag geom tesc tese comp vsh fsh gsh shader vs frg rgen rchit rmiss mesh task glslv",
    ),
    Row("gn", "gn gni", ".gn"),
    Row("gomod", "mod", "go.mod go.work"),
    Row("gosum", "", "go.sum go.work.sum"),
    Row(
        "groovy", "groovy gradle gvy gy nf grt gtpl", "jenkinsfile jenkinsfile.", "groovy nextflow"
    ),
    Row("hack", "hack hhi", "", "hhvm"),
    Row("hare", "ha"),
    Row("haxe", "hx hxsl"),
    Row("heex", "heex html.eex html.leex html.heex sface"),
    Row("hlsl", "hlsl fx fxh hlsli cginc compute usf ush"),
    Row("hyprlang", "", "hyprland.conf hyprpaper.conf hypridle.conf hyprlock.conf"),
    Row(
        "ini",
        "ini cfg cnf dof lektorproject prefs service socket timer target desktop automount mount editorconfig wrap url inf reg",
        ".editorconfig .gitconfig .npmrc .pylintrc pylintrc .flake8 .coveragerc tox.ini setup.cfg .hgrc .pypirc pip.conf "
        ".wgetrc .curlrc .gitmodules .gitreview .buckconfig .flowconfig .isort.cfg .bumpversion.cfg .mypy.ini odbc.ini "
        "php.ini .shellcheckrc .yarnrc",
    ),
    Row("ispc", "ispc isph"),
    Row("janet", "janet jdn", "", "janet"),
    Row(
        "json",
        "json jsonc json5 geojson topojson webmanifest ipynb har avsc mcmeta gltf code-workspace sublime-project "
        "sublime-settings tfstate jsonl ndjson importmap map tact webapp sarif code-snippets",
        ".babelrc .eslintrc .jshintrc .jscsrc .prettierrc .stylelintrc .swcrc .bowerrc .lintstagedrc .htmlhintrc "
        ".tern-project .watchmanconfig .releaserc .nycrc .c8rc .mocharc composer.lock pipfile.lock .arcconfig "
        ".all-contributorsrc flake.lock bun.lock deno.lock .swift-format package.resolved .auto-changelog .commitlintrc "
        ".markdownlintrc .luarc",
    ),
    Row("jsonnet", "jsonnet libsonnet"),
    Row("kconfig", "kconfig", "kconfig kconfig. config.in"),
    Row("kdl", "kdl"),
    Row("latex", "tex latex sty cls ltx dtx ins aux toc bbx cbx lbx tikz"),
    Row("linkerscript", "ld lds lds.s ldscript"),
    Row("llvm", "ll"),
    Row("luau", "luau", "", "luau lune"),
    Row("magik", "magik"),
    Row(
        "make",
        "mk mak make mkfile makefile",
        "makefile gnumakefile bsdmakefile kbuild makefile. ocamlmakefile makefile.am makefile.in",
        "make gmake",
    ),
    Row("matlab", "matlab oct", "", "octave"),
    Row("mermaid", "mermaid mmd"),
    Row("meson", "meson", "meson.build meson_options.txt meson.options"),
    Row("netlinx", "axs axi"),
    Row("nim", "nim nims nimble nimf", "nim.cfg", "nim"),
    Row("ninja", "ninja"),
    Row("nix", "nix", "", "nix nix-shell nix-instantiate"),
    Row("nqc", "nqc"),
    Row("odin", "odin"),
    Row("org", "org org_archive"),
    Row("pascal", "pas dpr lpr dpk lpk", "", "instantfpc"),
    Row("pem", "pem"),
    Row("pgn", "pgn"),
    Row("po", "po pot"),
    Row("pony", "pony"),
    Row("powershell", "ps1 psm1 psd1", "", "pwsh powershell"),
    Row("prisma", "prisma"),
    Row("properties", "properties", "gradle.properties .jvmopts"),
    Row("psv", "psv"),
    Row("puppet", "pp epp"),
    Row("purescript", "purs"),
    Row("pymanifest", "", "manifest.in"),
    Row("qmldir", "", "qmldir"),
    Row("qmljs", "qml qbs"),
    Row("query", ""),
    Row("racket", "rkt rktd rktl scrbl", "", "racket"),
    Row("re2c", "re re2c"),
    Row("readline", "inputrc", ".inputrc inputrc"),
    Row("rego", "rego"),
    Row(
        "requirements",
        "",
        "requirements.txt requirements.in dev-requirements.txt requirements-dev.txt requirements_dev.txt constraints.txt",
    ),
    Row("ron", "ron"),
    Row("rst", "rst rest rst.txt"),
    Row("scheme", "scm ss sld sls sps sch", "", "guile scheme chibi-scheme csi gosh chez"),
    Row("scss", "scss"),
    Row("smali", "smali"),
    Row("smithy", "smithy"),
    Row("solidity", "sol"),
    Row("sparql", "sparql rq"),
    Row("squirrel", "nut"),
    Row(
        "starlark",
        "bzl star starlark sky bazel",
        "build workspace workspace.bazel module.bazel tiltfile buck repo.bazel",
    ),
    Row("svelte", "svelte"),
    Row("tablegen", "td"),
    Row("tcl", "tcl tk itcl itk adp tm exp sdc xdc tclapp", "owh", "tclsh wish expect jimsh"),
    Row("terraform", "tftest.hcl"),
    Row("thrift", "thrift"),
    Row(
        "toml",
        "toml",
        "cargo.lock poetry.lock pdm.lock uv.lock pipfile gopkg.lock cargo.toml.orig .cargo/config .rustfmt stylua .taplo "
        "pixi.lock .ruff",
    ),
    Row("tsv", "tsv"),
    Row("twig", "twig html.twig"),
    Row("typst", "typ"),
    Row("udev", "rules"),
    Row("ungrammar", "ungram"),
    Row("uxntal", "tal"),
    Row("v", "vv v.mod", "v.mod"),
    Row("verilog", "v vh sv svh veo"),
    Row("vhdl", "vhd vhdl vho vhf vht"),
    Row(
        "vim",
        "vim vimrc nvimrc vmb",
        ".vimrc _vimrc .gvimrc .ideavimrc .exrc vimrc gvimrc .nvimrc",
        "vim",
    ),
    Row("wast", "wast"),
    Row("wat", "wat"),
    Row("wgsl", "wgsl wesl"),
    Row("xcompose", "", ".xcompose xcompose"),
    Row(
        "xml",
        "xml xsd xsl xslt svg plist csproj fsproj vbproj vcxproj proj props targets nuspec resx xaml axaml wsdl rss atom "
        "kml gpx storyboard xib pom config jelly launch iml rdf owl xul ui qrc ts.xml dita ditamap xmi mxml natvis "
        "ruleset tmlanguage sublime-snippet xcprivacy entitlements vsixmanifest vcxproj.filters xcscheme xcworkspacedata "
        "filters pubxml dae tld wxi wxl wxs slnx",
        ".classpath .project web.config nuget.config packages.config app.config",
    ),
    Row(
        "yaml",
        "yaml yml eyaml sublime-syntax syntax cff mir reek raml rviz",
        ".clang-format .clang-tidy .clangd .gemrc yarn.lock glide.lock .yamllint .condarc .rubocop .travis .swiftlint "
        "pubspec.lock",
    ),
    Row("yuck", "yuck"),
)

_WITHOUT_GRAMMAR = (
    Row("prolog", "plt", "", "swipl", grammar=""),
    Row("blade", "blade.php", grammar="html"),
    Row("less", "less", grammar=""),
    Row("sass", "sass", grammar=""),
    Row("stylus", "styl", grammar=""),
    Row("coffeescript", "coffee litcoffee cson", "cakefile", "coffee", grammar=""),
    Row("pug", "pug jade haml slim", grammar=""),
    Row("awk", "awk gawk", "", "awk gawk mawk nawk", grammar=""),
    Row("crystal", "cr", "", "crystal", grammar=""),
    Row("visualbasic", "vb bas frm vbs vba", grammar=""),
    Row("batch", "bat cmd", grammar=""),
    Row("asciidoc", "adoc asciidoc asc", grammar=""),
    Row("just", "just", "justfile .justfile", "just", grammar=""),
    Row("lean", "lean", grammar=""),
    Row("coq", "coq", grammar=""),
    Row("reason", "rei res resi", grammar=""),
    Row("jq", "jq", "", "jq", grammar=""),
    Row("qmake", "pro pri", grammar=""),
    Row("nginx", "nginx nginxconf", "nginx.conf", grammar=""),
    Row("m4", "m4 ac", "configure.ac configure.in aclocal.m4", grammar=""),
    Row("flatbuffers", "fbs", grammar=""),
    Row("avro", "avdl", grammar=""),
    Row("cue", "cue", grammar=""),
    Row("dhall", "dhall", grammar=""),
    Row("mojo", "mojo", "", "mojo", grammar="python"),
    Row("wolfram", "wl wls nb", grammar=""),
    Row("diff", "diff patch rej", grammar=""),
    Row(
        "text",
        "txt text log license nfo lst list gradle.lockfile typed tpl tmpl conf lock snap out err in am template dist "
        "sample example",
        "license license. licence licence. copying copying. copyright notice notice. authors contributors maintainers "
        "readme readme. changelog changelog. changes changes. news todo install install. version patents unlicense thanks "
        "credits history hacking bugs codeowners owners procfile .mailmap .nvmrc .node-version .python-version "
        ".ruby-version .tool-versions .java-version .gitkeep .keep .htaccess hosts crontab .gitblameignore "
        ".git-blame-ignore-revs .browserslistrc browserslist cname robots.txt humans.txt",
        grammar="",
    ),
)

TABLE: tuple[Row, ...] = (*_CORE, *_OTHER, *_WITHOUT_GRAMMAR)
