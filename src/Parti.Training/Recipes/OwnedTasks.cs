using Parti.Training.Runs;

namespace Parti.Training.Recipes;

/// <summary>Tasks on further devices, with the networks that were made for them.</summary>
sealed class OwnedTasks : IDisposable
{
    readonly Stack<IDisposable> _owned = [];
    readonly List<TrainingTask> _tasks = [];

    /// <summary>The tasks.</summary>
    internal IReadOnlyList<TrainingTask> Tasks => _tasks;

    /// <summary>Adds a task.</summary>
    internal void Add<T>(T task)
        where T : TrainingTask, IDisposable =>
        _tasks.Add(Own(task));

    /// <summary>Takes care of something that a task needs.</summary>
    /// <returns>The same.</returns>
    internal T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Push(thing);
        return thing;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? thing))
        {
            thing.Dispose();
        }
    }
}
