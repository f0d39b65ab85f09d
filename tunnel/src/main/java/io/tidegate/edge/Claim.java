package io.tidegate.edge;

/// A name as one session holds it.
///
/// @param name the label before the domain
/// @param index the agent's own number for it, named in every stream's preface
/// @param generation rises with every claim that is granted
/// @param policy what the agent asked for with the name
public record Claim(String name, int index, int generation, ClaimPolicy policy) {}
