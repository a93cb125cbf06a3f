namespace Parti.Grains.Tests.Cluster;

/// <summary>Sees every call that clients and a silo's grains make, and can keep one from arriving.</summary>
public sealed class ObservedCalls : IOutgoingGrainCallFilter
{
    /// <summary>What a call is answered with in place of being made, by the name of its method; null lets it pass.</summary>
    public Func<string, Exception?>? Failure { get; set; }

    public Task Invoke(IOutgoingGrainCallContext context) =>
        Failure?.Invoke(context.MethodName) is { } failure ? Task.FromException(failure) : context.Invoke();
}
