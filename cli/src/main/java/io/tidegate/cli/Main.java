package io.tidegate.cli;

/// Placeholder for the first build.
public interface Main {}
