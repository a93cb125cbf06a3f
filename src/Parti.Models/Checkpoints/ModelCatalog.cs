namespace Parti.Models.Checkpoints;

/// <summary>The models found under several folders. A model directory with a bad manifest is remembered with its error, so that the others stay usable.</summary>
public sealed class ModelCatalog
{
    /// <summary>The model that is taken when a request names none and there are several.</summary>
    public const string DefaultName = "demo";

    readonly IReadOnlyList<string> searched;

    ModelCatalog(IReadOnlyList<string> searched, IReadOnlyList<ModelDirectory> models, IReadOnlyDictionary<string, string> broken)
    {
        this.searched = searched;
        Models = models;
        Broken = broken;
    }

    /// <summary>Models by name, in ordinal order; of two with the same name the one found first.</summary>
    public IReadOnlyList<ModelDirectory> Models { get; }

    /// <summary>Model directories whose manifest is invalid, with the reason; the key is the path.</summary>
    public IReadOnlyDictionary<string, string> Broken { get; }

    /// <summary>Looks for models.</summary>
    /// <param name="paths">Folders, in order of precedence: each a model directory itself or a folder of model directories. A folder that does not exist has none.</param>
    public static ModelCatalog Find(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        List<string> searched = [.. paths.Select(Path.GetFullPath)];
        SortedDictionary<string, ModelDirectory> models = new(StringComparer.Ordinal);
        SortedDictionary<string, string> broken = new(StringComparer.Ordinal);
        foreach (string directory in searched.SelectMany(Candidates))
        {
            try
            {
                ModelDirectory model = ModelDirectory.Open(directory);
                models.TryAdd(model.Manifest.Name, model);
            }
            catch (CheckpointException error)
            {
                broken[directory] = error.Message;
            }
        }
        return new ModelCatalog(searched, [.. models.Values], broken);
    }

    /// <summary>Finds a model by name.</summary>
    /// <param name="name">The name; null takes the only model, or <see cref="DefaultName"/> among several.</param>
    /// <exception cref="CheckpointException">There is no such model; the message lists the names there are.</exception>
    public ModelDirectory Resolve(string? name = null)
    {
        if (name is null && Models.Count == 1)
        {
            return Models[0];
        }
        string wanted = name ?? DefaultName;
        return Models.FirstOrDefault(m => m.Manifest.Name == wanted) ?? throw new CheckpointException(Unknown(name));
    }

    string Unknown(string? name)
    {
        if (Broken.FirstOrDefault(b => name is null || Path.GetFileName(b.Key) == name) is { Value: not null } broken)
        {
            return broken.Value;
        }
        if (Models.Count == 0)
        {
            return $"There is no model under {string.Join(", ", searched)}; give a folder of model directories.";
        }
        string known = string.Join(", ", Models.Select(m => m.Manifest.Name));
        return name is null ? $"There are several models; choose one of {known}." : $"There is no model \"{name}\"; known are {known}.";
    }

    // Parts of models lie beside models; they are no models that are broken.
    static bool IsPart(string folder)
    {
        try
        {
            return ComponentDirectory.Holds(folder);
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    static IEnumerable<string> Candidates(string path)
    {
        if (ModelDirectory.Exists(path))
        {
            return [path];
        }
        return Directory.Exists(path)
            ? Directory.EnumerateDirectories(path, "*", new EnumerationOptions()).Where(folder => ModelDirectory.Exists(folder) && !IsPart(folder)).Order(StringComparer.Ordinal)
            : [];
    }
}
