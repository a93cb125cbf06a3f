namespace Parti.Inference.Kernels.Pictures;

/// <summary>Two 3x3 convolutions, each behind a norm and <c>x σ(x)</c>, around a skip.</summary>
/// <param name="norm1">Before the first convolution.</param>
/// <param name="conv1">The first convolution.</param>
/// <param name="norm2">Before the second.</param>
/// <param name="conv2">The second convolution.</param>
/// <param name="shortcut">1x1 on the skip where the channels change, else null.</param>
sealed class MapBlock(GroupNormWeights norm1, Convolution conv1, GroupNormWeights norm2, Convolution conv2, Convolution? shortcut) : IDisposable
{
    /// <summary>Channels of its widest map.</summary>
    public int MostChannels => Math.Max(conv1.Inputs, conv1.Outputs);

    /// <summary>Replaces the current map.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="maps">Memory.</param>
    public void Run(KernelTeam team, MapMemory maps)
    {
        FeatureMap x = maps.Current, result = x, inner = maps.Second(x, conv1.Outputs);
        norm1.Run(team, x, maps.First(x), silu: true);
        conv1.Run(team, maps.First(x), inner);
        norm2.Run(team, inner, maps.First(inner), silu: true);
        if (shortcut is not null)
        {
            result = maps.Next(1, shortcut.Outputs);
            shortcut.Run(team, x, result);
        }
        conv2.Run(team, maps.First(inner), result, adds: true);
        if (shortcut is not null)
        {
            maps.Advance(result);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        conv1.Dispose();
        conv2.Dispose();
        shortcut?.Dispose();
    }
}
