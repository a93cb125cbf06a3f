namespace Parti.Inference.Kernels.Pictures;

/// <summary>Blocks of one size, each with attention behind it or none.</summary>
/// <param name="Blocks">The blocks.</param>
/// <param name="Attention">As many, or none.</param>
/// <param name="Double">Behind them, on a map whose every cell has become two by two; null for the same size.</param>
sealed record MapLevel(IReadOnlyList<MapBlock> Blocks, IReadOnlyList<MapAttention> Attention, Convolution? Double) : IDisposable
{
    /// <summary>Replaces the current map.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="maps">Memory.</param>
    public void Run(KernelTeam team, MapMemory maps)
    {
        for (int i = 0; i < Blocks.Count; i++)
        {
            Blocks[i].Run(team, maps);
            if (Attention.Count > 0)
            {
                Attention[i].Run(team, maps);
            }
        }
        if (Double is not null)
        {
            FeatureMap next = maps.Next(2, Double.Outputs);
            Double.Run(team, maps.Current, next, doubled: true);
            maps.Advance(next);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (IDisposable part in Blocks.Concat<IDisposable>(Attention))
        {
            part.Dispose();
        }
        Double?.Dispose();
    }
}
