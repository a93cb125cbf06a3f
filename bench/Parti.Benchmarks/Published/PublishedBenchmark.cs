namespace Parti.Benchmarks.Published;

/// <summary>Every family in its published form with random weights, from the published files to a stored picture.</summary>
static class PublishedBenchmark
{
    /// <summary>One table, printed row by row as well, since it takes minutes.</summary>
    /// <param name="report">Gets the table.</param>
    /// <param name="folder">Where the models are written, one after the other, and deleted; some 8 GB.</param>
    /// <param name="only">Names of models; all when empty.</param>
    /// <param name="threads">Threads of every program.</param>
    /// <param name="cancellationToken">Stops, and deletes what was written.</param>
    /// <exception cref="ArgumentException">There is no model of a name.</exception>
    public static async Task RunAsync(Report report, string folder, IReadOnlyCollection<string> only, int threads, CancellationToken cancellationToken)
    {
        if (only.FirstOrDefault(name => PublishedModel.All.All(model => model.Name != name)) is { } unknown)
        {
            throw new ArgumentException($"--only is {unknown}, allowed are {string.Join(", ", PublishedModel.All.Select(model => model.Name))}.", nameof(only));
        }
        Table table = new(
            $"published: random weights in the published files, import, verification, a silo of {threads} threads, two jobs of one seed with equal bytes",
            ["model", "form", "published GB", "import s", "import GB", "load s", "s a picture", "sampling s", "detokenizer s", "silo GB", "pixels", "SHA-256 of the picture"]);
        foreach (PublishedModel model in PublishedModel.All.Where(model => only.Count == 0 || only.Contains(model.Name)))
        {
            using PublishedRun run = new(model, Path.Combine(folder, model.Name), threads);
            string[] row = await run.RunAsync(cancellationToken);
            table.Row(row);
            await Console.Error.WriteLineAsync(string.Join("  ", row));
        }
        report.Add(table);
    }
}
