namespace Parti.Inference.Kernels.Pictures;

/// <summary>
/// The decoder of a VQGAN on a processor, one picture at a time: a picture's bits depend on its latents alone, not on threads or on what
/// else is computed. Used by one thread at a time.
/// </summary>
/// <param name="team">Threads that share the work; owned from now on.</param>
/// <param name="input">From latents.</param>
/// <param name="levels">The middle first, then from the coarsest to the finest.</param>
/// <param name="norm">Before the output.</param>
/// <param name="output">To the colours.</param>
sealed unsafe class MapDecoder(KernelTeam team, Convolution input, IReadOnlyList<MapLevel> levels, GroupNormWeights norm, Convolution output) : IDisposable
{
    /// <summary>Pixels of a picture in the network's own range, not clamped.</summary>
    /// <param name="latents"><c>[Z, h, w]</c>.</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    /// <returns><c>[3, H, W]</c>.</returns>
    public float[] Run(ReadOnlySpan<float> latents, int height, int width)
    {
        using MapMemory maps = new((height, width, input.Outputs), Largest(height, width));
        team.BeginStep();
        try
        {
            FeatureMap first = maps.First(maps.Current, input.Inputs);
            Enter(latents, first);
            input.Run(team, first, maps.Current);
            foreach (MapLevel level in levels)
            {
                level.Run(team, maps);
            }
            FeatureMap last = maps.First(maps.Current), colours = maps.Second(last, output.Outputs);
            norm.Run(team, maps.Current, last, silu: true);
            output.Run(team, last, colours);
            return Leave(colours);
        }
        finally
        {
            team.EndStep();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        team.Dispose();
        input.Dispose();
        foreach (MapLevel level in levels)
        {
            level.Dispose();
        }
        output.Dispose();
    }

    private static void Enter(ReadOnlySpan<float> latents, FeatureMap map)
    {
        for (int i = 0; i < latents.Length; i++)
        {
            map.Cell(i % map.Cells)[i / map.Cells] = latents[i];
        }
    }

    private static float[] Leave(FeatureMap map)
    {
        float[] values = new float[map.Cells * map.Channels];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = map.Cell(i % map.Cells)[i / map.Cells];
        }
        return values;
    }

    private long Largest(int height, int width)
    {
        long cells = (long)height * width, largest = cells * Math.Max(FeatureMap.StrideOf(input.Inputs), FeatureMap.StrideOf(input.Outputs));
        foreach (MapLevel level in levels)
        {
            largest = Math.Max(largest, cells * FeatureMap.StrideOf(level.Blocks.Max(block => block.MostChannels)));
            cells *= level.Double is null ? 1 : 4;
            largest = Math.Max(largest, cells * FeatureMap.StrideOf(level.Double?.Outputs ?? output.Outputs));
        }
        return largest;
    }
}
