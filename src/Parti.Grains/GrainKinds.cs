using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Parti.Grains;

/// <summary>
/// Makes references to grains that are called many times for each picture. The runtime finds a grain's type by reflection, at each call anew and
/// for longer than a call within one silo takes; here it is found once.
/// </summary>
internal static class GrainKinds
{
    // A process may have several clusters, in tests.
    private static readonly ConditionalWeakTable<IGrainFactory, ConcurrentDictionary<Type, Kind>> Known = [];

    /// <summary>The grain of a key.</summary>
    internal static T Find<T>(this IGrainFactory grains, string key)
        where T : class, IGrainWithStringKey =>
        grains.OfKind<T>(IdSpan.Create(key)) ?? grains.Learn(grains.GetGrain<T>(key));

    /// <summary>The grain of a number.</summary>
    internal static T Find<T>(this IGrainFactory grains, long number)
        where T : class, IGrainWithIntegerKey =>
        grains.OfKind<T>(GrainIdKeyExtensions.CreateIntegerKey(number)) ?? grains.Learn(grains.GetGrain<T>(number));

    private static T? OfKind<T>(this IGrainFactory grains, IdSpan key)
        where T : class =>
        Known.TryGetValue(grains, out ConcurrentDictionary<Type, Kind>? kinds) && kinds.TryGetValue(typeof(T), out Kind? kind)
            ? (T)grains.GetGrain(new GrainId(kind.Grain, key), kind.Interface)
            : null;

    private static T Learn<T>(this IGrainFactory grains, T first)
        where T : class
    {
        if (first is GrainReference reference)
        {
            Known.GetOrCreateValue(grains)[typeof(T)] = new(reference.GrainId.Type, reference.InterfaceType);
        }

        return first;
    }

    private sealed record Kind(GrainType Grain, GrainInterfaceType Interface);
}
