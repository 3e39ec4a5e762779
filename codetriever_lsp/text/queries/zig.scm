; A type is a constant that holds a container; `pub` stands beside the declaration.
"pub" @attached

; Tests.
(TestDecl
  [(STRINGLITERALSINGLE) (IDENTIFIER)] @name
  (Block) @body) @definition.function

; Functions; those in a container are methods.
(ContainerDecl
  (Decl
    (FnProto function: (IDENTIFIER) @name)
    (Block)? @body) @definition.method)

(Decl
  (FnProto function: (IDENTIFIER) @name)
  (Block)? @body) @definition.function

; Types, also local ones.
(VarDecl
  variable_type_function: (IDENTIFIER) @name
  (ErrorUnionExpr
    (SuffixExpr
      .
      (ContainerDecl (ContainerDeclType "union")) @body))) @definition.struct

(VarDecl
  variable_type_function: (IDENTIFIER) @name
  (ErrorUnionExpr
    (SuffixExpr
      .
      (ContainerDecl (ContainerDeclType "enum")) @body))) @definition.enum

(VarDecl
  variable_type_function: (IDENTIFIER) @name
  (ErrorUnionExpr
    (SuffixExpr
      .
      (ContainerDecl) @body))) @definition.struct

(VarDecl
  variable_type_function: (IDENTIFIER) @name
  (ErrorUnionExpr
    (SuffixExpr
      .
      (ErrorSetDecl) @body))) @definition.enum

; Members.
(ContainerDecl
  (ContainerDeclType "union")
  (ContainerField
    .
    [
      field_member: (IDENTIFIER) @name
      (ErrorUnionExpr (SuffixExpr . (IDENTIFIER) @name))
    ]) @definition.field)

(ContainerDecl
  (ContainerDeclType "enum")
  (ContainerField
    .
    (ErrorUnionExpr
      (SuffixExpr
        .
        (IDENTIFIER) @name))) @definition.enumMember)

(ContainerField
  field_member: (IDENTIFIER) @name) @definition.field

(ErrorSetDecl
  field_constant: (IDENTIFIER) @name @definition.enumMember)

; Modules that others see through this one.
("pub"
  .
  (Decl
    (VarDecl
      variable_type_function: (IDENTIFIER) @name
      (ErrorUnionExpr
        (SuffixExpr
          .
          (BUILTINIDENTIFIER) @_builtin)))) @definition.module
  (#eq? @_builtin "@import"))

; Constants and variables; not what only gives a short name to something else.
("pub"
  .
  (Decl
    (VarDecl
      "const"
      variable_type_function: (IDENTIFIER) @name)) @definition.constant)

((Decl
  (VarDecl
    "const"
    variable_type_function: (IDENTIFIER) @name)) @definition.constant
  (#not-match? @definition.constant "^const \\w+ = (@import\\(|@This\\(|[A-Za-z_]\\w*(\\.\\w+)+;)"))

(Decl
  (VarDecl
    "var"
    variable_type_function: (IDENTIFIER) @name)) @definition.variable
