// The environment is what the tests put into CODETRIEVER_TEST_PYTHON; none where that is not set.
exports.activate = () => ({
  environments: {
    getActiveEnvironmentPath: () => ({ path: process.env.CODETRIEVER_TEST_PYTHON ?? "" }),
    resolveEnvironment: ({ path }) => Promise.resolve(path ? { executable: { uri: { fsPath: path } } } : undefined),
    onDidChangeActiveEnvironmentPath: () => ({ dispose() {} }),
  },
});
