using Parti.Abstractions;

namespace Parti.Client;

/// <summary>
/// Makes references to the grains of jobs. The runtime finds a grain's type by reflection, at each call anew and for longer than the
/// call itself takes; here it is found once.
/// </summary>
/// <param name="grains">A cluster client, or a silo's own grain factory.</param>
internal sealed class JobGrains(IGrainFactory grains)
{
    private volatile Kind? _kind;

    /// <summary>The grain of a job.</summary>
    internal IJobGrain Get(JobKey key)
    {
        if (_kind is { } kind)
        {
            return (IJobGrain)grains.GetGrain(GrainId.Create(kind.Grain, key.ToString()), kind.Interface);
        }

        IJobGrain first = grains.GetGrain<IJobGrain>(key.ToString());
        if (first is GrainReference reference)
        {
            _kind = new(reference.GrainId.Type, reference.InterfaceType);
        }

        return first;
    }

    private sealed record Kind(GrainType Grain, GrainInterfaceType Interface);
}
