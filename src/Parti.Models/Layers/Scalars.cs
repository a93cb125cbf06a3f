using System.Collections.Concurrent;
using TorchSharp;

namespace Parti.Models.Layers;

/// <summary>
/// Native scalars that live as long as the process. A number passed to a tensor operation becomes a temporary
/// <see cref="Scalar"/>; nothing refers to it once its handle is read, so the garbage collector may free it while the
/// operation still reads it, and the process dies. For constants and sizes, of which there are few; a number that changes
/// from step to step belongs in a variable declared with <c>using</c>.
/// </summary>
public static class Scalars
{
    static readonly ConcurrentDictionary<double, Scalar> s_reals = new();
    static readonly ConcurrentDictionary<long, Scalar> s_integers = new();

    /// <summary>A floating-point constant.</summary>
    /// <param name="value">Any number.</param>
    public static Scalar Of(double value) => s_reals.GetOrAdd(value, v => v.ToScalar());

    /// <summary>An integer constant.</summary>
    /// <param name="value">Any number.</param>
    public static Scalar Of(long value) => s_integers.GetOrAdd(value, v => v.ToScalar());
}
