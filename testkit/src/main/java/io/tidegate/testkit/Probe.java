package io.tidegate.testkit;

/// Placeholder for the first build.
public interface Probe {}
