"""A network of RecBole, trained for an epoch on files of a small shop: what fixtures.py and checkpoints.py both begin with."""

import numpy as np


def trained(network, folder, columns, **options):
    """Trains RecBole's `network` on the files "tiny" in `folder`, of which it loads `columns`; data, model and trainer."""
    # RecBole names types as NumPy before 2 did.
    for old, new in dict(
        float_=np.float64, complex_=np.complex128, object_=np.object_, str_=np.str_, unicode_=np.str_
    ).items():
        vars(np).setdefault(old, new)
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer, init_seed

    config = Config(
        model=network,
        dataset="tiny",
        config_dict=dict(
            data_path=folder,
            load_col={"inter": ["user_id", "item_id", "timestamp", "label"], **columns},
            LABEL_FIELD="label",
            train_neg_sample_args=None,
            eval_args={"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "labeled"},
            metrics=["LogLoss"],
            valid_metric="LogLoss",
            epochs=1,
            show_progress=False,
            use_gpu=False,
            checkpoint_dir="saved",
            state="ERROR",
            **options,
        ),
    )
    init_seed(1, True)
    data = create_dataset(config)
    train_data, valid_data, _ = data_preparation(config, data)
    model = get_model(network)(config, train_data.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], network)(config, model)
    trainer.fit(train_data, valid_data, saved=False, show_progress=False)
    return data, model, trainer
