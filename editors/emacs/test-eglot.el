;;; test-eglot.el --- eglot talks to codetriever-lsp  -*- lexical-binding: t; -*-

;; Run by test.sh.  The configuration under test is the one that docs/editors.md shows.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'imenu)

(defvar codetriever-test-cases nil "Names and functions, latest first.")

(defmacro codetriever-test (name &rest body)
  "Define a case NAME that fails where BODY signals an error."
  (declare (indent 1))
  `(push (cons ,name (lambda () ,@body)) codetriever-test-cases))

(defun codetriever-test-same (actual expected)
  "Signal an error unless ACTUAL is EXPECTED."
  (unless (equal actual expected)
    (error "Expected %S, not %S" expected actual)))

(defun codetriever-test-documented ()
  "The Emacs Lisp of docs/editors.md."
  (with-temp-buffer
    (insert-file-contents (getenv "CODETRIEVER_TEST_DOCS"))
    (let ((code ""))
      (while (re-search-forward "^```elisp\n\\(\\(?:.\\|\n\\)*?\n\\)```" nil t)
        (setq code (concat code (match-string 1))))
      code)))

(defun codetriever-test-file (name)
  "A buffer with the file NAME of the project."
  (find-file-noselect (expand-file-name name (getenv "CODETRIEVER_TEST_PROJECT"))))

(defun codetriever-test-sync ()
  "Wait until every change is searchable."
  (jsonrpc-request (eglot-current-server) :codetriever/sync '(:timeoutMs 60000) :timeout 60))

(defun codetriever-test-names (query)
  "Names of the hits for QUERY, in the server's order."
  (let ((answer (jsonrpc-request (eglot-current-server) :codetriever/search (list :query query))))
    (mapcar (lambda (hit) (plist-get (plist-get hit :symbol) :name)) (plist-get answer :hits))))

(codetriever-test "the documented configuration names the server"
  (eval (car (read-from-string (concat "(progn " (codetriever-test-documented) ")"))) t)
  (codetriever-test-same (fboundp 'codetriever-search) t))

(codetriever-test "eglot connects"
  (set-buffer (codetriever-test-file "retry.py"))
  (let ((eglot-sync-connect 60) (eglot-connect-timeout 60))
    (apply #'eglot (eglot--guess-contact)))
  (codetriever-test-same (and (eglot-current-server) (eglot-managed-p)) t)
  (codetriever-test-sync))

(codetriever-test "symbols of the workspace"
  (let ((found (xref-backend-apropos 'eglot "expire_sess")))
    (codetriever-test-same
     (file-name-nondirectory (xref-location-group (xref-item-location (car found))))
     "session.py")))

(codetriever-test "the outline of a file"
  (let ((index (format "%S" (eglot-imenu))))
    (unless (and (string-match-p "Retrier" index) (string-match-p "send" index))
      (error "No Retrier or send in %s" index))))

(codetriever-test "a custom request"
  (codetriever-test-same (car (codetriever-test-names "try again when sending fails")) "send"))

(codetriever-test "the documented search command"
  (codetriever-search "try again when sending fails")
  (with-current-buffer "*codetriever*"
    (goto-char (point-min))
    (unless (re-search-forward "^retry\\.py:4: " nil t)
      (error "Not found in %s" (buffer-string)))))

(codetriever-test "a command of the server"
  (let ((answer (jsonrpc-request (eglot-current-server) :workspace/executeCommand
                                 '(:command "codetriever.search" :arguments [(:query "expire sessions")]))))
    (unless (> (length (plist-get answer :hits)) 0) (error "No hits in %S" answer))))

(codetriever-test "a save becomes searchable"
  (set-buffer (codetriever-test-file "retry.py"))
  (goto-char (point-max))
  (insert "\n\ndef measure_humidity(sensor):\n    \"\"\"Read the humidity of the greenhouse.\"\"\"\n    return sensor.read()\n")
  (save-buffer)
  (codetriever-test-sync)
  (codetriever-test-same (car (codetriever-test-names "humidity of the greenhouse")) "measure_humidity"))

(codetriever-test "what is not saved yet is searchable"
  (goto-char (point-max))
  (insert "\n\ndef brew_coffee(beans):\n    \"\"\"Brew coffee from roasted beans.\"\"\"\n")
  (eglot--signal-textDocument/didChange)
  (codetriever-test-sync)
  (codetriever-test-same (car (codetriever-test-names "brew coffee")) "brew_coffee"))

(codetriever-test "an error is a message of one line"
  (condition-case problem
      (progn (codetriever-test-names " ") (error "Not refused"))
    (jsonrpc-error
     (let ((message (alist-get 'jsonrpc-error-message (cddr problem))))
       (unless (string-prefix-p "query is blank" message)
         (error "Unexpectedly %S" problem))))))

(codetriever-test "eglot shuts the server down"
  (let ((server (eglot-current-server)))
    (eglot-shutdown server nil 20)
    (codetriever-test-same (jsonrpc-running-p server) nil)))

(codetriever-test "the log of the engine holds no error"
  (let ((logs (directory-files (getenv "CODETRIEVER_CACHE_DIR") t "\\`engine.*\\.log")))
    (unless logs (error "There is no log"))
    (dolist (log logs)
      (with-temp-buffer
        (insert-file-contents log)
        (when (re-search-forward " ERROR \\|Traceback\\|CRITICAL" nil t)
          (error "%s" (buffer-string)))))))

(defun codetriever-test-run ()
  "Run the cases in order, count, and end Emacs."
  (let ((passed 0) (failed 0))
    (dolist (case (reverse codetriever-test-cases))
      (condition-case problem
          (progn
            (funcall (cdr case))
            (setq passed (1+ passed))
            (princ (format "ok   %s\n" (car case))))
        (error
         (setq failed (1+ failed))
         (princ (format "FAIL %s\n     %s\n" (car case) (error-message-string problem))))))
    (princ (format "%d passed, %d failed\n" passed failed))
    (let ((kill-buffer-query-functions nil))
      (dolist (buffer (buffer-list))
        (with-current-buffer buffer (set-buffer-modified-p nil))))
    (kill-emacs (if (= failed 0) 0 1))))

;;; test-eglot.el ends here
