(unit (moduleName) @name) @definition.module
(program (moduleName) @name) @definition.module
(library (moduleName) @name) @definition.module

; Types and what they have.
(declType name: [(identifier) @name (genericTpl entity: (identifier) @name)] type: (declClass (kRecord))) @definition.struct
(declType name: [(identifier) @name (genericTpl entity: (identifier) @name)] type: (declClass)) @definition.class
(declType name: [(identifier) @name (genericTpl entity: (identifier) @name)] type: (declIntf)) @definition.interface
(declType name: (identifier) @name type: (type (declEnum))) @definition.enum
(declType name: [(identifier) @name (genericTpl entity: (identifier) @name)]) @definition.typeParameter

(declEnumValue name: (identifier) @name) @definition.enumMember
(declField name: (identifier) @name) @definition.field
(declProp name: (identifier) @name) @definition.property

; Routines; of `TCart.Add` the container is `TCart`.
(defProc
  header: (declProc (kConstructor) name: (genericDot lhs: (_) @container rhs: (_) @name))
  body: (_) @body) @definition.constructor

(defProc
  header: (declProc name: (genericDot lhs: (_) @container rhs: (_) @name))
  body: (_) @body) @definition.method

(defProc
  header: (declProc name: (identifier) @name)
  body: (_) @body) @definition.function

(declSection (declProc (kConstructor) name: (identifier) @name) @definition.constructor)
(declSection (declProc name: (identifier) @name) @definition.method)
(declClass (declProc (kConstructor) name: (identifier) @name) @definition.constructor)
(declClass (declProc name: (identifier) @name) @definition.method)
(declIntf (declProc name: (identifier) @name) @definition.method)
(interface (declProc name: (identifier) @name) @definition.function)

; Constants and variables of a unit.
(interface (declConsts (declConst name: (identifier) @name) @definition.constant))
(implementation (declConsts (declConst name: (identifier) @name) @definition.constant))
(program (declConsts (declConst name: (identifier) @name) @definition.constant))
(interface (declVars (declVar name: (identifier) @name) @definition.variable))
(implementation (declVars (declVar name: (identifier) @name) @definition.variable))
(program (declVars (declVar name: (identifier) @name) @definition.variable))
